/* The CMOS clock (Motorola MC146818). */
#pragma once
#include "types.h"

/* Seconds since 1970-01-01, taking the clock to be UTC. False, and `seconds` untouched, when it cannot be read. */
bool rtc_read(u32 *seconds);
