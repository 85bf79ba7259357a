/* Counters, alarms and the time of day. */
#include "clock.h"
#include "cpu.h"
#include "format.h"
#include "pic.h"
#include "privileged.h"
#include "raw.h"
#include "rtc.h"
#include "test.h"
#include "time.h"

enum { NANOSECONDS = 1000000000, NO_COUNTER = 9, PATIENCE = 50000000, CLOCKS_APART = 2 /* s */ };

static u64 now(void) { return operations.GetCycleCounter(COUNTER_REAL); }

/* Cycles of a part of a second. */
static u64 part(u32 parts) { return divide_u64(operations.GetCycleFrequency(), parts, NULL); }

static bool pass_time(u64 cycles) {
  u64 from = now();
  for (u32 i = 0; i < PATIENCE; i++)
    if (now() - from >= cycles) return true;
  return false;
}

TEST(GetCycleFrequency) {
  u64 frequency = operations.GetCycleFrequency();
  EXPECT(frequency, "is 0");
  EXPECT(operations.GetCycleFrequency() == frequency, "changes");
  if (!(cpu_features() & CPU_TSC)) return PASS;
  /* Readings around readings: whatever is slow in between makes the bounds wider, never wrong. */
  u64 first = raw_time_stamp(), from = now(), second = raw_time_stamp();
  EXPECT(pass_time(part(20)), "the counter stands still");
  u64 third = raw_time_stamp(), cycles = now() - from, fourth = raw_time_stamp();
  bool too_fast = third - second > cycles + cycles / 16, too_slow = fourth - first < cycles - cycles / 16;
  EXPECT(!too_fast && !too_slow, "the time stamp counter has another rate");
  return PASS;
}

TEST(GetCycleCounter) {
  u64 first = now();
  EXPECT(pass_time(1), "the counter stands still");
  EXPECT(now() >= first, "the counter goes back");
  u64 before = now(), parts = operations.GetCycleCounter(COUNTER_AVAILABLE) + operations.GetCycleCounter(COUNTER_STOLEN);
  u64 after = now();
  EXPECT(before <= parts && parts <= after, "real time is not available and stolen time");
  EXPECT(operations.GetCycleCounter(NO_COUNTER) == 0, "a counter that does not exist counts");
  return PASS;
}

/* Lets interrupts in until the timer has had one, or `cycles` are over. */
static bool timer_fires(u64 cycles) {
  u32 before = irq_count(IRQ_TIMER);
  u64 from = now();
  irq_enable();
  for (u32 i = 0; i < PATIENCE && irq_count(IRQ_TIMER) == before && now() - from < cycles; i++)
    ;
  irq_disable();
  return irq_count(IRQ_TIMER) != before;
}

static void silence(void) {
  operations.CancelAlarm(COUNTER_REAL | ALARM_PERIODIC);
  while (timer_fires(part(200))) /* one that was on its way already */
    ;
}

static struct verdict alarms_try(void) {
  u64 expiry = now() + part(200);
  operations.SetAlarm(COUNTER_REAL | ALARM_ONCE | ALARM_ON_IRQ0, expiry, 0);
  EXPECT(timer_fires(part(1) * 5), "a single alarm does not fire");
  EXPECT(now() >= expiry, "a single alarm fires too early");
  EXPECT(!timer_fires(part(50)), "a single alarm fires twice");
  operations.SetAlarm(COUNTER_REAL | ALARM_ONCE | ALARM_ON_IRQ0, 1, 0);
  EXPECT(timer_fires(part(1) * 5), "an alarm in the past does not fire");
  operations.SetAlarm(COUNTER_REAL | ALARM_PERIODIC | ALARM_ON_IRQ0, now(), part(500));
  for (u32 i = 0; i < 4; i++) EXPECT(timer_fires(part(1) * 5), "a periodic alarm does not go on");
  silence();
  operations.SetAlarm(COUNTER_AVAILABLE | ALARM_ONCE | ALARM_ON_IRQ0,
                      operations.GetCycleCounter(COUNTER_AVAILABLE) + part(500), 0);
  EXPECT(timer_fires(part(1) * 5), "an alarm on available time does not fire");
  operations.SetAlarm(COUNTER_STOLEN | ALARM_ONCE, 1, 0);
  operations.SetAlarm(NO_COUNTER | ALARM_ONCE, 1, 0);
  EXPECT(!timer_fires(part(50)), "an alarm on a counter that has none fires");
  return PASS;
}

TEST(SetAlarm) {
  silence();
  struct verdict verdict = alarms_try();
  clock_rearm();
  return verdict;
}

/* False when the alarm was due before it was cancelled: this machine is slow. */
static bool set_and_cancel(u64 delay) {
  u64 expiry = now() + delay;
  operations.SetAlarm(COUNTER_REAL | ALARM_ONCE | ALARM_ON_IRQ0, expiry, 0);
  operations.CancelAlarm(COUNTER_REAL | ALARM_PERIODIC);
  return now() < expiry;
}

static struct verdict cancel_try(void) {
  u64 delay = part(200);
  while (!set_and_cancel(delay)) silence(), delay *= 2;
  EXPECT(!timer_fires(delay + part(50)), "a cancelled alarm fires");
  operations.CancelAlarm(COUNTER_REAL);
  operations.CancelAlarm(NO_COUNTER);
  return PASS;
}

TEST(CancelAlarm) {
  silence();
  struct verdict verdict = cancel_try();
  clock_rearm();
  return verdict;
}

TEST(GetWallclockTime) {
  u32 cmos;
  u64 first = operations.GetWallclockTime();
  EXPECT(operations.GetWallclockTime() >= first, "goes back");
  if (!rtc_read(&cmos)) return PASS_SAYING("no CMOS clock to compare with");
  s32 apart = (s32)((u32)divide_u64(first, NANOSECONDS, NULL) - cmos);
  EXPECT(apart >= -CLOCKS_APART && apart <= CLOCKS_APART, "differs from the CMOS clock");
  return PASS;
}

TEST(WallclockUpdated) {
  operations.WallclockUpdated();
  EXPECT(!operations.WallclockUpdated(), "the time of day was set twice while nobody could");
  return PASS;
}

TEST(SetCallbacks) { return PASS_SAYING("not exercised: undocumented"); }
