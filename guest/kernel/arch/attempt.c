#include "attempt.h"

/* attempt_entry.S */
extern u32 attempt_stack; /* where to go on after an exception, 0: there is no attempt */
void attempt_failed(void);

struct trap_frame attempt_fault;

bool attempt_recover(struct trap_frame *frame) {
  if (!attempt_stack) return false;
  attempt_fault = *frame;
  frame->eip = (u32)attempt_failed;
  return true;
}
