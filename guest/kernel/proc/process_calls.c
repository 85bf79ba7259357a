/* System calls about processes. */
#include "descriptors.h"
#include "fault.h"
#include "inode.h"
#include "layout.h"
#include "process.h"
#include "scheduler.h"
#include "signal.h"
#include "system_call.h"

enum { MICROSECONDS_PER_TICK = 10000, TICKS_PER_SECOND = 100 };

s32 sys_exit(struct trap_frame *call) { process_exit((s32)(call->ebx & 0xFF) << 8); }
s32 sys_exit_group(struct trap_frame *call) { return sys_exit(call); }
s32 sys_fork(struct trap_frame *call) { return process_fork(call); }
s32 sys_vfork(struct trap_frame *call) { return process_fork(call); }

/* Processes, not threads: shared memory is for vfork alone, which may as well copy. */
s32 sys_clone(struct trap_frame *call) {
  if ((call->ebx & CLONE_VM) && !(call->ebx & CLONE_VFORK)) return -ENOSYS;
  return process_fork(call);
}

s32 sys_execve(struct trap_frame *call) {
  char path[MAX_PATH];
  s32 length = copy_string_from_user(path, call->ebx, sizeof path);
  return length < 0 ? length : process_exec(call, path, call->ecx, call->edx);
}

static struct timeval ticks_to_time(u32 ticks) {
  return (struct timeval){(s32)(ticks / TICKS_PER_SECOND), (s32)(ticks % TICKS_PER_SECOND) * MICROSECONDS_PER_TICK};
}

s32 sys_wait4(struct trap_frame *call) {
  s32 status;
  struct time_counts times;
  s32 pid = process_wait((s32)call->ebx, call->edx, &status, &times);
  if (pid <= 0) return pid;
  if (call->ecx && copy_to_user(call->ecx, &status, sizeof status)) return -EFAULT;
  if (call->esi) {
    struct resource_usage usage = {.user = ticks_to_time(times.user + times.children_user),
                                   .system = ticks_to_time(times.system + times.children_system)};
    if (copy_to_user(call->esi, &usage, sizeof usage)) return -EFAULT;
  }
  return pid;
}

s32 sys_waitpid(struct trap_frame *call) {
  call->esi = 0;
  return sys_wait4(call);
}

s32 sys_getpid(struct trap_frame *call) { return (void)call, current->pid; }
/* Only a thread's end would use the address. */
s32 sys_set_tid_address(struct trap_frame *call) { return (void)call, current->pid; }

s32 sys_getppid(struct trap_frame *call) { return (void)call, current->parent->pid; }

/* There is one user, and it is root. */
s32 sys_getuid(struct trap_frame *call) { return (void)call, 0; }
s32 sys_getgid(struct trap_frame *call) { return (void)call, 0; }
s32 sys_geteuid(struct trap_frame *call) { return (void)call, 0; }
s32 sys_getegid(struct trap_frame *call) { return (void)call, 0; }
s32 sys_getuid32(struct trap_frame *call) { return (void)call, 0; }
s32 sys_getgid32(struct trap_frame *call) { return (void)call, 0; }
s32 sys_geteuid32(struct trap_frame *call) { return (void)call, 0; }
s32 sys_getegid32(struct trap_frame *call) { return (void)call, 0; }

s32 sys_setpgid(struct trap_frame *call) {
  struct process *process = call->ebx ? process_find((s32)call->ebx) : current;
  if (!process) return -ESRCH;
  process->group = call->ecx ? (s32)call->ecx : process->pid;
  return 0;
}

s32 sys_kill(struct trap_frame *call) {
  s32 pid = (s32)call->ebx;
  if (call->ecx >= SIGNAL_LIMIT) return -EINVAL;
  if (pid <= 0) {
    s32 group = pid ? -pid : current->group;
    if (call->ecx) return signal_post_group(group, call->ecx) ? 0 : -ESRCH;
    return 0;
  }
  struct process *process = process_find(pid);
  if (!process) return -ESRCH;
  if (call->ecx) signal_post(process, call->ecx);
  return 0;
}

s32 sys_signal(struct trap_frame *call) {
  if (call->ebx == 0 || call->ebx >= SIGNAL_LIMIT || call->ebx == SIGKILL) return -EINVAL;
  u32 bit = 1u << call->ebx, before = current->ignored_signals & bit ? SIG_IGN : SIG_DFL;
  if (call->ecx == SIG_IGN) current->ignored_signals |= bit;
  else if (call->ecx == SIG_DFL) current->ignored_signals &= ~bit;
  else return -ENOSYS;
  return (s32)before;
}

/* Until a signal; those only kill. */
s32 sys_pause(struct trap_frame *call) {
  sleep_on(call, 0);
  return -EINTR;
}

s32 sys_sched_yield(struct trap_frame *call) {
  (void)call;
  attention = 1;
  return 0;
}

s32 sys_times(struct trap_frame *call) {
  if (call->ebx && copy_to_user(call->ebx, &current->times, sizeof current->times)) return -EFAULT;
  return (s32)(current->times.user + current->times.system);
}

/* The only thread segment there is has a fixed number; -1 asks for any. */
s32 sys_set_thread_area(struct trap_frame *call) {
  struct thread_area area;
  if (copy_from_user(&area, call->ebx, sizeof area)) return -EFAULT;
  if (area.entry != ~0u && area.entry != THREAD_SELECTOR / 8) return -EINVAL;
  area.entry = THREAD_SELECTOR / 8;
  current->thread_base = area.base;
  thread_segment_select(area.base);
  return copy_to_user(call->ebx, &area, sizeof area);
}
