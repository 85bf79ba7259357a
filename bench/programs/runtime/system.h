/* The system calls that the programs use, by their Linux/i386 numbers. A negative result is an error number. */
#pragma once
#include "types.h"

s32 system_call(u32 number, ...);
void signal_return(void);

enum system_call_number {
  SYS_exit = 1, SYS_fork = 2, SYS_read = 3, SYS_write = 4, SYS_open = 5, SYS_close = 6, SYS_waitpid = 7,
  SYS_unlink = 10, SYS_execve = 11, SYS_getpid = 20, SYS_kill = 37, SYS_mkdir = 39, SYS_rmdir = 40, SYS_pipe = 42,
  SYS_getppid = 64, SYS_munmap = 91, SYS_socketcall = 102, SYS_wait4 = 114, SYS_mprotect = 125, SYS_newselect = 142, SYS_rt_sigaction = 174, SYS_mmap2 = 192, SYS_stat64 = 195,
  SYS_clock_gettime = 265,
};

enum { STDIN, STDOUT, STDERR };
enum { O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0100, O_TRUNC = 01000 };
enum { PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20 };
enum { SIGFPE = 8, SIGUSR1 = 10, SIGSEGV = 11 };
enum { CLOCK_MONOTONIC = 1 };
enum { ENOSYS = 38 };

/* CALL(name, parameters, arguments): a function of the call's own name. */
#define CALL(name, parameters, ...) \
  static inline s32 name parameters { return system_call(SYS_##name __VA_OPT__(, ) __VA_ARGS__); }

CALL(fork, (void))
CALL(read, (s32 fd, void *to, u32 length), fd, to, length)
CALL(write, (s32 fd, const void *from, u32 length), fd, from, length)
CALL(open, (const char *path, u32 flags, u32 mode), path, flags, mode)
CALL(close, (s32 fd), fd)
CALL(unlink, (const char *path), path)
CALL(mkdir, (const char *path, u32 mode), path, mode)
CALL(rmdir, (const char *path), path)
CALL(waitpid, (s32 pid, s32 *status, u32 options), pid, status, options)
CALL(execve, (const char *path, const char *const *words, const char *const *environment), path, words, environment)
CALL(getpid, (void))
CALL(getppid, (void))
CALL(kill, (s32 pid, u32 signal), pid, signal)
CALL(pipe, (s32 fds[2]), fds)
CALL(munmap, (void *address, u32 length), address, length)
CALL(mprotect, (void *address, u32 length, u32 protection), address, length, protection)
CALL(stat64, (const char *path, void *status), path, status)

#undef CALL

/* struct stat64 is 96 bytes long; no program looks into it. */
struct status { u8 bytes[96]; };

static inline void __attribute__((noreturn)) exit(s32 code) {
  for (;;) system_call(SYS_exit, code);
}
