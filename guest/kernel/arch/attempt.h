/* Kernel code that may fault. */
#pragma once
#include "trap.h"

/* Runs function(argument). False when it raised an exception: then attempt_fault says which and where. */
bool attempt(void (*function)(void *argument), void *argument);
extern struct trap_frame attempt_fault;

/* trap.c: takes an exception of the kernel that an attempt is waiting for. */
bool attempt_recover(struct trap_frame *frame);
