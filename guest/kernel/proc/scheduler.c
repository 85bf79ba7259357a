#include "scheduler.h"
#include "clock.h"
#include "descriptors.h"
#include "privileged.h"

enum { SLICE_TICKS = 5 };

static struct process *const idle = &processes[0];
static struct process *queue_head, *queue_tail;
static u32 slice;
static u32 next_deadline; /* no sleeper is due before it; 0: none has a deadline */

extern void context_switch(u32 *save, u32 load);

static void queue_append(struct process *process) {
  process->next_runnable = NULL;
  if (queue_head) queue_tail->next_runnable = process;
  else queue_head = process;
  queue_tail = process;
}

static struct process *queue_take(void) {
  struct process *process = queue_head;
  if (!process) return idle;
  queue_head = process->next_runnable;
  return process;
}

void process_make_runnable(struct process *process) {
  u32 flags = irq_save();
  process->state = PROCESS_RUNNABLE;
  process->channel = NULL;
  process->deadline = 0;
  queue_append(process);
  irq_restore(flags);
}

void schedule(void) {
  struct process *previous = current;
  if (previous->state == PROCESS_RUNNABLE && previous != idle) queue_append(previous);
  struct process *next = queue_take();
  slice = SLICE_TICKS;
  attention = next->fatal_signal != 0;
  if (next == previous) return;
  /* All of it before the switch: a process that runs for the first time does not come back here. */
  current = next;
  if (next != idle) {
    lazy_begin(LAZY_SWITCH);
    space_activate(&next->space);
    kernel_stack_select(process_stack_top(next));
    thread_segment_select(next->thread_base);
    fpu_switch(next);
    lazy_end();
  }
  context_switch(&previous->kernel_esp, next->kernel_esp);
}

static bool due(u32 deadline) { return (s32)(clock_ticks() - deadline) >= 0; }

void sleep_on(const void *channel, u32 deadline) {
  u32 flags = irq_save();
  if (!current->fatal_signal) {
    current->state = PROCESS_SLEEPING;
    current->channel = channel;
    current->deadline = deadline;
    if (deadline && (!next_deadline || (s32)(deadline - next_deadline) < 0)) next_deadline = deadline;
    schedule();
  }
  irq_restore(flags);
}

void wake_all(const void *channel) {
  u32 flags = irq_save();
  for (u32 i = 1; i < MAX_PROCESSES; i++)
    if (processes[i].state == PROCESS_SLEEPING && processes[i].channel == channel) process_make_runnable(&processes[i]);
  irq_restore(flags);
}

static void sleepers_wake(void) {
  if (!next_deadline || !due(next_deadline)) return;
  next_deadline = 0;
  for (u32 i = 1; i < MAX_PROCESSES; i++) {
    struct process *process = &processes[i];
    if (process->state != PROCESS_SLEEPING || !process->deadline) continue;
    if (due(process->deadline)) process_make_runnable(process);
    else if (!next_deadline || (s32)(process->deadline - next_deadline) < 0) next_deadline = process->deadline;
  }
}

void scheduler_tick(const struct trap_frame *frame) {
  if (trap_from_user(frame)) current->times.user++;
  else current->times.system++;
  sleepers_wake();
  if (slice) slice--;
  if (!slice && queue_head) attention = 1;
}

void idle_loop(void) {
  for (;;) {
    irq_disable();
    if (queue_head) schedule();
    else halt_until_interrupt();
  }
}
