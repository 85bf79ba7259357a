#include "signal.h"
#include "console.h"
#include "privileged.h"
#include "scheduler.h"

void signal_post(struct process *process, u32 signal) {
  /* Process 1 is everybody's parent and must stay. */
  if (process->pid <= 1 || process->state == PROCESS_ZOMBIE || signal == SIGCHLD) return;
  if (signal != SIGKILL && (process->ignored_signals & 1u << signal)) return;
  u32 flags = irq_save();
  process->fatal_signal = signal;
  if (process == current) attention = 1;
  else if (process->state == PROCESS_SLEEPING) process_make_runnable(process);
  irq_restore(flags);
}

bool signal_post_group(s32 group, u32 signal) {
  bool any = false;
  for (u32 i = 1; i < MAX_PROCESSES; i++) {
    if (processes[i].state == PROCESS_FREE || processes[i].group != group) continue;
    signal_post(&processes[i], signal);
    any = true;
  }
  return any;
}

void process_crash(const struct trap_frame *frame, const char *reason, u32 signal) {
  print("%s[%d]: %s at %08x", current->name, current->pid, reason, frame->eip);
  if (frame->vector == VECTOR_PAGE_FAULT) print(", address %08x", cr2_read());
  print("\n");
  process_exit((s32)signal);
}
