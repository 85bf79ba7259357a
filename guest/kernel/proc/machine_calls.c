/* System calls about time and the machine as a whole. */
#include "clock.h"
#include "fault.h"
#include "format.h"
#include "frames.h"
#include "layout.h"
#include "power.h"
#include "process.h"
#include "scheduler.h"
#include "system_call.h"
#include "version.h"

enum { NANOSECONDS = 1000000000, NANOSECONDS_PER_TICK = 10000000, TICKS_PER_SECOND = 100 };

static struct timespec split(u64 nanoseconds) {
  u32 rest, seconds = (u32)divide_u64(nanoseconds, NANOSECONDS, &rest);
  return (struct timespec){(s32)seconds, (s32)rest};
}

s32 sys_time(struct trap_frame *call) {
  s32 now = split(clock_realtime()).seconds;
  if (call->ebx && copy_to_user(call->ebx, &now, sizeof now)) return -EFAULT;
  return now;
}

s32 sys_gettimeofday(struct trap_frame *call) {
  struct timespec now = split(clock_realtime());
  struct timeval time = {now.seconds, now.nanoseconds / 1000};
  return call->ebx ? copy_to_user(call->ebx, &time, sizeof time) : 0;
}

s32 sys_clock_gettime(struct trap_frame *call) {
  if (call->ebx > CLOCK_MONOTONIC) return -EINVAL;
  struct timespec now = split(call->ebx == CLOCK_REALTIME ? clock_realtime() : clock_monotonic());
  return copy_to_user(call->ecx, &now, sizeof now);
}

s32 sys_nanosleep(struct trap_frame *call) {
  struct timespec request;
  if (copy_from_user(&request, call->ebx, sizeof request)) return -EFAULT;
  if (request.seconds < 0 || request.nanoseconds < 0 || request.nanoseconds >= NANOSECONDS) return -EINVAL;
  if (request.seconds > 10000000) request.seconds = 10000000;
  /* One more, as the running tick is partly over. */
  u32 parts = ((u32)request.nanoseconds + NANOSECONDS_PER_TICK - 1) / NANOSECONDS_PER_TICK;
  u32 ticks = (u32)request.seconds * TICKS_PER_SECOND + parts + 1;
  u32 deadline = clock_ticks() + ticks;
  sleep_on(&request, deadline ? deadline : 1);
  return current->fatal_signal ? -EINTR : 0;
}

s32 sys_uname(struct trap_frame *call) {
  static const struct system_names names = {
      "vmi86", "vmi86", KERNEL_VERSION, "source " SOURCE_DIGEST, "i686", "",
  };
  return copy_to_user(call->ebx, &names, sizeof names);
}

s32 sys_sysinfo(struct trap_frame *call) {
  struct system_info info = {
      .uptime = split(clock_monotonic()).seconds,
      .total_ram = frames_total() * PAGE_SIZE, .free_ram = frames_free() * PAGE_SIZE, .unit = 1,
  };
  for (u32 i = 1; i < MAX_PROCESSES; i++) info.processes = (u16)(info.processes + (processes[i].state != PROCESS_FREE));
  return copy_to_user(call->ebx, &info, sizeof info);
}

s32 sys_reboot(struct trap_frame *call) {
  if (call->ebx != REBOOT_MAGIC1 || call->ecx != REBOOT_MAGIC2) return -EINVAL;
  switch (call->edx) {
    case REBOOT_RESTART: machine_restart();
    case REBOOT_POWER_OFF: machine_power_off();
    case (u32)REBOOT_HALT: machine_halt();
    default: return -EINVAL;
  }
}
