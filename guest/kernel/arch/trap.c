#include "trap.h"
#include "attempt.h"
#include "console.h"
#include "fault.h"
#include "fpu.h"
#include "pic.h"
#include "privileged.h"
#include "process.h"
#include "scheduler.h"
#include "signal.h"
#include "abi.h"

struct exception {
  const char *name;
  u32 signal;
};

/* What a user program dies of; a kernel that raises any of these is broken. */
static const struct exception exceptions[32] = {
    [0] = {"divide error", SIGFPE},
    [1] = {"debug exception", SIGTRAP},
    [3] = {"breakpoint", SIGTRAP},
    [4] = {"overflow", SIGSEGV},
    [5] = {"bound range exceeded", SIGSEGV},
    [6] = {"invalid opcode", SIGILL},
    [7] = {"no FPU", SIGILL},
    [8] = {"double fault", 0},
    [10] = {"invalid TSS", SIGSEGV},
    [11] = {"segment not present", SIGBUS},
    [12] = {"stack fault", SIGBUS},
    [13] = {"general protection", SIGSEGV},
    [14] = {"page fault", SIGSEGV},
    [16] = {"x87 exception", SIGFPE},
    [17] = {"alignment check", SIGBUS},
};

volatile u32 attention;
static irq_handler handlers[IRQ_COUNT];
static u32 counts[IRQ_COUNT];

u32 irq_count(u32 irq) { return counts[irq]; }

void irq_install(u32 irq, irq_handler handler) {
  handlers[irq] = handler;
  pic_unmask(irq);
}

static void __attribute__((noreturn)) kernel_broken(const struct trap_frame *frame, const char *name) {
  irq_disable();
  print("\nkernel: %s (error %x) at %08x, address %08x, process %d\n", name, frame->error, frame->eip, cr2_read(),
        current->pid);
  print("eax %08x ebx %08x ecx %08x edx %08x\nesi %08x edi %08x ebp %08x eflags %08x\n", frame->eax, frame->ebx,
        frame->ecx, frame->edx, frame->esi, frame->edi, frame->ebp, frame->eflags);
  halt_forever();
}

/* gate_entry.S */
extern const char sysenter_entry[];

/*
 * A program that single-steps into SYSENTER takes its trap flag along: it traps before the entry's first instruction.
 */
static bool entry_stepped(struct trap_frame *frame) {
  if (frame->vector != VECTOR_DEBUG || frame->eip != (u32)sysenter_entry) return false;
  frame->eflags &= ~(u32)EFLAGS_TF;
  return true;
}

static void exception_dispatch(struct trap_frame *frame) {
  const struct exception *exception = &exceptions[frame->vector];
  const char *name = exception->name ? exception->name : "unexpected interrupt";
  if (frame->vector == VECTOR_PAGE_FAULT && page_fault_resolve(frame)) return;
  if (frame->vector == VECTOR_NO_FPU && trap_from_user(frame) && fpu_claim()) return;
  if (entry_stepped(frame)) return;
  if (!trap_from_user(frame) && attempt_recover(frame)) return;
  if (!trap_from_user(frame) || !exception->signal) kernel_broken(frame, name);
  irq_enable();
  process_crash(frame, name, exception->signal);
}

static void irq_dispatch(struct trap_frame *frame) {
  u32 irq = frame->vector - VECTOR_IRQ0;
  if (!pic_acknowledge(irq)) return;
  counts[irq]++;
  if (handlers[irq]) handlers[irq](frame);
}

/* Called from entry.S with interrupts off. */
void trap_dispatch(struct trap_frame *frame) {
  if (frame->vector >= VECTOR_IRQ0) irq_dispatch(frame);
  else exception_dispatch(frame);
}

/* Called from entry.S on the way to user mode, with interrupts off, and back to it in the same state. */
void attention_serve(void) {
  attention = 0;
  if (current->fatal_signal) {
    irq_enable();
    process_exit(current->fatal_signal);
  }
  schedule();
}
