/* Time: ticks of the 8254's channel 0, refined by its count, corrected by the CMOS clock. */
#pragma once
#include "types.h"

void clock_setup(void);

/* Ticks of 1/100 s since boot; wraps after 497 days. */
u32 clock_ticks(void);

/* Nanoseconds since boot; never goes back. */
u64 clock_monotonic(void);

/* Nanoseconds since 1970-01-01 00:00 UTC, taking the CMOS clock to be UTC. */
u64 clock_realtime(void);
