/*
 * One tick an interrupt. A host that stalls may merge several timer edges into one interrupt; those ticks are made
 * good about once a second from the CMOS clock, which runs on.
 */
#include "clock.h"
#include "clock_source.h"
#include "format.h"
#include "io.h"
#include "pic.h"
#include "rtc.h"

enum {
  PIT_CHANNEL0 = 0x40, PIT_CONTROL = 0x43, PIT_RATE_GENERATOR = 0x34, PIT_LATCH_CHANNEL0 = 0x00,
  PIT_HERTZ = 1193182, DIVISOR = (PIT_HERTZ + TICKS_PER_SECOND / 2) / TICKS_PER_SECOND,
  CORRECTION_TICKS = 97, /* not quite a second */
  LONGEST_STALL = 3600,  /* seconds */
};

/* What DIVISOR counts really take: not quite 10 ms. */
static const u32 tick_nanoseconds = (u32)((u64)DIVISOR * NANOSECONDS / PIT_HERTZ);

static u64 elapsed; /* ns, up to the last tick */
static u32 boot_time; /* seconds since 1970 */
static s64 lead_limit = NANOSECONDS; /* by which the CMOS clock may be ahead of `elapsed` with no tick lost, ns */

/*
 * The CMOS clock is ahead of `elapsed` by an unknown part of a second, and by more when ticks were lost. Each reading
 * bounds that lead from both sides; the least upper bound ever seen holds for a clock that lost nothing, and a lower
 * bound beyond it is time lost for certain. Reading at ever different parts of the second makes the bounds narrow.
 */
static u32 ticks_lost(void) {
  u32 now;
  if (!rtc_read(&now)) return 0;
  s64 lead = (s64)(s32)(now - boot_time) * NANOSECONDS - (s64)elapsed; /* at least; less than a second more */
  if (lead - lead_limit > (s64)LONGEST_STALL * NANOSECONDS) lead_limit = lead + NANOSECONDS; /* somebody set it */
  if (lead + NANOSECONDS < lead_limit) lead_limit = lead + NANOSECONDS;
  if (lead < lead_limit + tick_nanoseconds) return 0;
  return (u32)divide_u64((u64)(lead - lead_limit), tick_nanoseconds, NULL);
}

static void start(void) { rtc_read(&boot_time); }

static void arm(void) {
  port_write8(PIT_CONTROL, PIT_RATE_GENERATOR);
  port_write8(PIT_CHANNEL0, DIVISOR & 0xFF);
  port_write8(PIT_CHANNEL0, DIVISOR >> 8);
}

static u32 tick(void) {
  elapsed += tick_nanoseconds;
  if (clock_ticks() % CORRECTION_TICKS) return 1;
  u32 lost = ticks_lost();
  elapsed += (u64)lost * tick_nanoseconds;
  return 1 + lost;
}

/* Nanoseconds since the last tick was counted. */
static u32 since_tick(void) {
  port_write8(PIT_CONTROL, PIT_LATCH_CHANNEL0);
  u32 count = port_read8(PIT_CHANNEL0);
  count |= (u32)port_read8(PIT_CHANNEL0) << 8;
  u32 past = count < DIVISOR ? DIVISOR - count : 0;
  /* The count has started over, but its interrupt waits for us. */
  if (past < DIVISOR / 2 && pic_requested(IRQ_TIMER)) past += DIVISOR;
  return (u32)divide_u64((u64)past * tick_nanoseconds, DIVISOR, NULL);
}

static u64 elapsed_now(void) { return elapsed + since_tick(); }
static u64 realtime(void) { return (u64)boot_time * NANOSECONDS + clock_monotonic(); }

const struct clock_source pit_source = {start, arm, tick, elapsed_now, realtime};
