/* Signals that kill; handlers do not exist, but a process may ignore one. */
#pragma once
#include "process.h"

/* `process` dies of `signal` at its next way to user mode, unless it ignores it. */
void signal_post(struct process *process, u32 signal);

/* The same for every process of a group. False when there is none. */
bool signal_post_group(s32 group, u32 signal);

/* Says in one line why, and ends the running process. */
void process_crash(const struct trap_frame *frame, const char *reason, u32 signal) __attribute__((noreturn));
