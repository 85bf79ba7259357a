/* Time: by a hypervisor's alarm if there is one, or by the board's timer. */
#pragma once
#include "types.h"

void clock_setup(void);

/* Ticks go on after somebody else has used the timer. Interrupts are off. */
void clock_rearm(void);

/* What it counts by, in words. */
const char *clock_name(void);

/* Ticks of 1/100 s since boot; wraps after 497 days. */
u32 clock_ticks(void);

/* Nanoseconds since boot; never goes back. */
u64 clock_monotonic(void);

/* Nanoseconds since 1970-01-01 00:00 UTC, taking the CMOS clock to be UTC. */
u64 clock_realtime(void);
