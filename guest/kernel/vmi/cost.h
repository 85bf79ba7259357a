#pragma once
#include "abi.h"

/*
 * Measures the call of cost->number, as the kernel has it now and by the processor's own instructions called in the
 * same way (in place, for the calls with patch sites). Times are left 0 where there is nothing to measure. False
 * beyond the last call.
 */
bool vmi_cost_measure(struct vmi_cost *cost);
