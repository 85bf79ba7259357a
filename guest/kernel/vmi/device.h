#pragma once
#include "types.h"

/* Requests of /dev/vmi (abi.h); `argument` is a user address. 0 or a negative error. */
s32 vmi_control(u32 request, u32 argument);
