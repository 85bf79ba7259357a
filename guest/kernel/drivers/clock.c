#include "clock.h"
#include "clock_source.h"
#include "pic.h"
#include "privileged.h"
#include "scheduler.h"

static const struct clock_source *source;
static volatile u32 ticks;
static u64 latest; /* what clock_monotonic returned last */

static void tick(const struct trap_frame *frame) {
  ticks += source->tick();
  scheduler_tick(frame);
}

void clock_setup(void) {
  source = alarm_available() ? &alarm_source : &pit_source;
  source->start();
  source->arm();
  irq_install(IRQ_TIMER, tick);
}

void clock_rearm(void) { source->arm(); }

const char *clock_name(void) { return source == &alarm_source ? "VMI alarm" : "8254"; }

u32 clock_ticks(void) { return ticks; }

u64 clock_monotonic(void) {
  u32 flags = irq_save();
  u64 now = source->elapsed();
  if (now < latest) now = latest;
  latest = now;
  irq_restore(flags);
  return now;
}

u64 clock_realtime(void) {
  u32 flags = irq_save();
  u64 now = source->realtime();
  irq_restore(flags);
  return now;
}
