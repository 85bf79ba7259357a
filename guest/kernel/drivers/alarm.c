/* The hypervisor counts on while the kernel does not run, so no tick is ever lost: each is told by the counter. */
#include "clock_source.h"
#include "format.h"
#include "io.h"
#include "operations.h"
#include "time.h"

enum { PIT_CONTROL = 0x43, PIT_STOPPED = 0x3A /* channel 0 waits for a gate that never comes */ };

static u32 frequency; /* per second, of the counter shifted right by `shift` */
static u32 shift;
static u64 origin;
static u64 counted; /* ticks so far */

static u64 counter(void) { return operations.GetCycleCounter(COUNTER_REAL) >> shift; }

bool alarm_available(void) {
  if (!operations.GetCycleFrequency || !operations.GetCycleCounter || !operations.SetAlarm || !operations.GetWallclockTime)
    return false;
  u64 cycles = operations.GetCycleFrequency();
  for (shift = 0; cycles >> shift >> 32;) shift++;
  frequency = (u32)(cycles >> shift);
  return frequency >= TICKS_PER_SECOND;
}

static void start(void) { origin = counter(); }

static void arm(void) {
  u64 period = (u64)(frequency / TICKS_PER_SECOND) << shift;
  port_write8(PIT_CONTROL, PIT_STOPPED);
  operations.SetAlarm(COUNTER_REAL | ALARM_PERIODIC | ALARM_ON_IRQ0, operations.GetCycleCounter(COUNTER_REAL) + period,
                      period);
}

static u64 elapsed(void) {
  u32 rest, seconds = (u32)divide_u64(counter() - origin, frequency, &rest);
  return (u64)seconds * NANOSECONDS + divide_u64((u64)rest * NANOSECONDS, frequency, NULL);
}

static u32 tick(void) {
  u64 now = divide_u64(elapsed(), NANOSECONDS / TICKS_PER_SECOND, NULL);
  u32 passed = (u32)(now - counted);
  counted = now;
  return passed;
}

static u64 realtime(void) { return operations.GetWallclockTime(); }

const struct clock_source alarm_source = {start, arm, tick, elapsed, realtime};
