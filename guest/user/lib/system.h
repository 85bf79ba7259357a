/* The system calls as C functions. A negative result is an error number of abi.h. */
#pragma once
#include "abi.h"
#include "calls.h"

CALL(chdir, (const char *path), path)
CALL(getcwd, (char *to, u32 size), to, size)
CALL(stat, (const char *path, struct file_status *status), path, status)
CALL(getdents64, (s32 fd, void *to, u32 size), fd, to, size)
CALL(dup2, (s32 from, s32 to), from, to)
CALL(ioctl, (s32 fd, u32 request, void *argument), fd, request, argument)
CALL(setpgid, (s32 pid, s32 group), pid, group)
CALL(wait4, (s32 pid, s32 *status, u32 options, struct resource_usage *usage), pid, status, options, usage)
CALL(uname, (struct system_names *names), names)
CALL(sysinfo, (struct system_info *info), info)
CALL(nanosleep, (const struct timespec *time), time, 0)
CALL(clock_gettime, (u32 clock, struct timespec *time), clock, time)
CALL(mprotect, (u32 address, u32 length, u32 protection), address, length, protection)
CALL(munmap, (u32 address, u32 length), address, length)

#undef CALL

static inline s32 reboot(u32 command) { return system_call(SYS_reboot, REBOOT_MAGIC1, REBOOT_MAGIC2, command); }

static inline s32 ignore_signal(u32 signal, bool ignore) {
  return system_call(SYS_signal, signal, ignore ? SIG_IGN : SIG_DFL);
}

/* Moves the end of the heap; where it is then. 0 asks. */
static inline u32 brk(u32 address) { return (u32)system_call(SYS_brk, address); }

/* Anonymous private memory: its address, or something that is_error recognizes. */
static inline u32 map_anonymous(u32 length, u32 protection) {
  return (u32)system_call(SYS_mmap2, 0, length, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static inline bool is_error(u32 result) { return result > 0xFFFFF000u; }

static inline bool exited(s32 status) { return !(status & 0x7F); }
static inline u32 exit_code(s32 status) { return (u32)status >> 8 & 0xFF; }
