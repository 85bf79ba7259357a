/* The system calls as C functions. A negative result is an error number of abi.h. */
#pragma once
#include "abi.h"

s32 system_call(u32 number, ...);

static inline void __attribute__((noreturn)) exit(s32 code) { for (;;) system_call(SYS_exit, code); }
static inline s32 fork(void) { return system_call(SYS_fork); }
static inline s32 read(s32 fd, void *to, u32 length) { return system_call(SYS_read, fd, to, length); }
static inline s32 write(s32 fd, const void *from, u32 length) { return system_call(SYS_write, fd, from, length); }
static inline s32 open(const char *path, u32 flags, u32 mode) { return system_call(SYS_open, path, flags, mode); }
static inline s32 close(s32 fd) { return system_call(SYS_close, fd); }
static inline s32 unlink(const char *path) { return system_call(SYS_unlink, path); }
static inline s32 mkdir(const char *path, u32 mode) { return system_call(SYS_mkdir, path, mode); }
static inline s32 execve(const char *path, const char *const *arguments, const char *const *environment) { return system_call(SYS_execve, path, arguments, environment); }
static inline s32 chdir(const char *path) { return system_call(SYS_chdir, path); }
static inline s32 getcwd(char *to, u32 size) { return system_call(SYS_getcwd, to, size); }
static inline s32 getpid(void) { return system_call(SYS_getpid); }
static inline s32 kill(s32 pid, u32 signal) { return system_call(SYS_kill, pid, signal); }
static inline s32 ignore_signal(u32 signal, bool ignore) { return system_call(SYS_signal, signal, ignore ? SIG_IGN : SIG_DFL); }
static inline s32 pipe(s32 fds[2]) { return system_call(SYS_pipe, fds); }
static inline s32 dup2(s32 from, s32 to) { return system_call(SYS_dup2, from, to); }
static inline s32 setpgid(s32 pid, s32 group) { return system_call(SYS_setpgid, pid, group); }
static inline s32 ioctl(s32 fd, u32 request, void *argument) { return system_call(SYS_ioctl, fd, request, argument); }
static inline s32 waitpid(s32 pid, s32 *status, u32 options) { return system_call(SYS_waitpid, pid, status, options); }
static inline s32 wait4(s32 pid, s32 *status, u32 options, struct resource_usage *usage) { return system_call(SYS_wait4, pid, status, options, usage); }
static inline s32 stat(const char *path, struct file_status *status) { return system_call(SYS_stat, path, status); }
static inline s32 getdents64(s32 fd, void *to, u32 size) { return system_call(SYS_getdents64, fd, to, size); }
static inline s32 uname(struct system_names *names) { return system_call(SYS_uname, names); }
static inline s32 sysinfo(struct system_info *info) { return system_call(SYS_sysinfo, info); }
static inline s32 nanosleep(const struct timespec *time) { return system_call(SYS_nanosleep, time, 0); }
static inline s32 clock_gettime(u32 clock, struct timespec *time) { return system_call(SYS_clock_gettime, clock, time); }
static inline s32 sched_yield(void) { return system_call(SYS_sched_yield); }
static inline s32 reboot(u32 command) { return system_call(SYS_reboot, REBOOT_MAGIC1, REBOOT_MAGIC2, command); }
static inline u32 brk(u32 address) { return (u32)system_call(SYS_brk, address); }
static inline s32 mprotect(u32 address, u32 length, u32 protection) { return system_call(SYS_mprotect, address, length, protection); }
static inline s32 munmap(u32 address, u32 length) { return system_call(SYS_munmap, address, length); }

/* Anonymous private memory; its address, or a negative error. Addresses from 0x40000000 up look negative only from 2 GB on. */
static inline u32 map_anonymous(u32 length, u32 protection) { return (u32)system_call(SYS_mmap2, 0, length, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }
static inline bool is_error(u32 result) { return result > 0xFFFFF000u; }

static inline bool exited(s32 status) { return !(status & 0x7F); }
static inline u32 exit_code(s32 status) { return (u32)status >> 8 & 0xFF; }
