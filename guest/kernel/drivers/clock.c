/*
 * One tick an interrupt. A host that stalls may merge several timer edges into one interrupt; those ticks are made
 * good once a second from the CMOS clock, which runs on.
 */
#include "clock.h"
#include "format.h"
#include "io.h"
#include "pic.h"
#include "privileged.h"
#include "rtc.h"
#include "scheduler.h"

enum {
  PIT_CHANNEL0 = 0x40, PIT_CONTROL = 0x43, PIT_RATE_GENERATOR = 0x34, PIT_LATCH_CHANNEL0 = 0x00,
  PIT_HERTZ = 1193182, TICKS_PER_SECOND = 100, DIVISOR = (PIT_HERTZ + TICKS_PER_SECOND / 2) / TICKS_PER_SECOND,
  NANOSECONDS = 1000000000, LONGEST_STALL = 3600,
};

/* What DIVISOR counts really take: not quite 10 ms. */
static const u32 tick_nanoseconds = (u32)((u64)DIVISOR * NANOSECONDS / PIT_HERTZ);

static volatile u32 ticks;
static u64 elapsed; /* ns, up to the last tick */
static u64 latest;  /* what clock_monotonic returned last */
static u32 boot_time, rtc_origin; /* seconds since 1970; the second differs when the CMOS clock was set meanwhile */

static void stall_correct(void) {
  u32 now;
  if (!rtc_read(&now)) return;
  u32 seconds = (u32)divide_u64(elapsed, NANOSECONDS, NULL);
  s32 behind = (s32)(now - rtc_origin - seconds);
  if (behind < 0 || behind > LONGEST_STALL) {
    rtc_origin = now - seconds; /* somebody set it */
    return;
  }
  if (behind <= 1) return; /* less than the resolution of the two */
  ticks += (u32)(behind - 1) * TICKS_PER_SECOND;
  elapsed += (u64)(u32)(behind - 1) * NANOSECONDS;
}

static void tick(const struct trap_frame *frame) {
  ticks++;
  elapsed += tick_nanoseconds;
  if (ticks % TICKS_PER_SECOND == 0) stall_correct();
  scheduler_tick(frame);
}

void clock_setup(void) {
  rtc_read(&boot_time);
  rtc_origin = boot_time;
  port_write8(PIT_CONTROL, PIT_RATE_GENERATOR);
  port_write8(PIT_CHANNEL0, DIVISOR & 0xFF);
  port_write8(PIT_CHANNEL0, DIVISOR >> 8);
  irq_install(IRQ_TIMER, tick);
}

u32 clock_ticks(void) { return ticks; }

/* Nanoseconds since the last tick was counted. Interrupts are off. */
static u32 since_tick(void) {
  port_write8(PIT_CONTROL, PIT_LATCH_CHANNEL0);
  u32 count = port_read8(PIT_CHANNEL0);
  count |= (u32)port_read8(PIT_CHANNEL0) << 8;
  u32 past = count < DIVISOR ? DIVISOR - count : 0;
  /* The count has started over, but its interrupt waits for us. */
  if (past < DIVISOR / 2 && pic_requested(IRQ_TIMER)) past += DIVISOR;
  return (u32)divide_u64((u64)past * tick_nanoseconds, DIVISOR, NULL);
}

u64 clock_monotonic(void) {
  u32 flags = irq_save();
  u64 now = elapsed + since_tick();
  if (now < latest) now = latest;
  latest = now;
  irq_restore(flags);
  return now;
}

u64 clock_realtime(void) { return (u64)boot_time * NANOSECONDS + clock_monotonic(); }
