#pragma once
#include "abi.h"

/* Runs the test of result->number and fills in the rest. False beyond the last. */
bool vmi_test_run(struct vmi_test *result);
