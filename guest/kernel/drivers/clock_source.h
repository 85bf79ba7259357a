/* What the clock counts by. All functions are called with interrupts off. */
#pragma once
#include "types.h"

enum { TICKS_PER_SECOND = 100, NANOSECONDS = 1000000000 };

struct clock_source {
  void (*start)(void); /* of time, once */
  void (*arm)(void);   /* from now on an interrupt on IRQ_TIMER about every tick */
  u32 (*tick)(void);   /* at such an interrupt: how many ticks have passed since the last, lost ones included */
  u64 (*elapsed)(void);  /* ns since the start */
  u64 (*realtime)(void); /* ns since 1970-01-01 00:00 UTC */
};

/* The 8254's channel 0, refined by its count, corrected by the CMOS clock. */
extern const struct clock_source pit_source;

/* A hypervisor's counter and alarm. */
extern const struct clock_source alarm_source;
bool alarm_available(void);
