/* What the parts of the workload share: further system calls, and the parts themselves. */
#pragma once
#include "program.h"

enum {
  SYS_mknod = 14, SYS_mount = 21, SYS_ptrace = 26, SYS_syslog = 103, SYS_setitimer = 104, SYS_iopl = 110, SYS_fsync = 118,
  SYS_modify_ldt = 123, SYS_rt_sigprocmask = 175,
};
enum { SIGTRAP = 5, SIGILL = 4, SIGKILL = 9, SIGALRM = 14, SIGSTOP = 19 };
enum { MAP_SHARED = 1 };

/* A part works and returns a checksum that is the same on every machine; `disk` is the path of the disk it may write. */
u32 run_forks(const char *disk);
u32 run_execs(const char *disk);
u32 run_pipes(const char *disk);
u32 run_memory(const char *disk);
u32 run_file_mapping(const char *disk);
u32 run_signals(const char *disk);
u32 run_alarms(const char *disk);
u32 run_disk(const char *disk);
u32 run_float(const char *disk);
u32 run_segments(const char *disk);
u32 run_privilege(const char *disk);
u32 run_steps(const char *disk);
u32 run_clock(const char *disk);

typedef void signal_handler(s32 signal, void *information, u8 *context);
void handle_signal(u32 signal, signal_handler *handler);

static inline void yield(void) { system_call(SYS_sched_yield); }

/* Ends the program unless `fact` holds. */
static inline void expect(const char *what, bool fact) {
  if (!fact) fail(what, 0);
}

/* Reads or writes all of it. */
void read_all(s32 fd, void *to, u32 length);
void write_all(s32 fd, const void *from, u32 length);

u32 checksum_of(u32 sum, const void *bytes, u32 length);
