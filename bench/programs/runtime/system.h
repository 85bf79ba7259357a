/* The system calls that the programs use: those of the embedded guest, and a few that its kernel does not have. */
#pragma once
#include "types.h"

enum system_call_number {
#define SYSCALL(number, name) SYS_##name = number,
#include "../../../guest/include/syscalls.def"
#undef SYSCALL
  SYS_socketcall = 102, SYS_newselect = 142, SYS_rt_sigaction = 174,
};
#include "../../../guest/user/lib/calls.h"

void signal_return(void);

enum { STDIN, STDOUT, STDERR };
enum { O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0100, O_TRUNC = 01000 };
enum { PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20 };
enum { SIGFPE = 8, SIGUSR1 = 10, SIGSEGV = 11 };
enum { CLOCK_MONOTONIC = 1 };
enum { ENOSYS = 38 };

CALL(rmdir, (const char *path), path)
CALL(getppid, (void))
CALL(munmap, (void *address, u32 length), address, length)
CALL(mprotect, (void *address, u32 length, u32 protection), address, length, protection)
CALL(stat64, (const char *path, void *status), path, status)

#undef CALL

/* struct stat64 is 96 bytes long; no program looks into it. */
struct status { u8 bytes[96]; };
