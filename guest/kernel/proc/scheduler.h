/* Round robin among the runnable; sleeping and waking. The kernel itself is never preempted. */
#pragma once
#include "process.h"

/* Lets the next runnable process go on, the idle one when there is none. Interrupts must be off. */
void schedule(void);

void process_make_runnable(struct process *process);

/*
 * Sleeps until wake_all(channel), the tick `deadline` (0: none) or a fatal signal. Who waits for what an interrupt
 * brings tests for it and calls this with interrupts off, so that it cannot come in between.
 */
void sleep_on(const void *channel, u32 deadline);
void wake_all(const void *channel);

/* One timer tick: accounts it, wakes whose time has come, ends the time slice. Interrupts are off. */
void scheduler_tick(const struct trap_frame *frame);

/* The idle process: halts whenever there is nothing to run. */
void idle_loop(void) __attribute__((noreturn));

u32 process_stack_top(const struct process *process);
