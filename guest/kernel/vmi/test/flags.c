/* Interrupt flag, returns, idling, and the ends of the machine. */
#include "attempt.h"
#include "cpu.h"
#include "pic.h"
#include "privileged.h"
#include "raw.h"
#include "test.h"
#include "vmi.h"

enum {
  EFLAGS_ARITHMETIC = 0x8D5, EFLAGS_IOPL = 0x3000, EFLAGS_ALWAYS = 2,
  NO_SELECTOR = 0x7F8, /* beyond the table */
  PATIENCE = 50000000,
};

/* test_entry.S */
bool flags_call(const void *operation, u32 eax, u32 *result);
u32 return_with(u32 eflags, u32 cs);
extern const char return_with_site[];

static bool interrupts_on(void) { return raw_flags() & EFLAGS_IF; }

/* Waits for the timer's request with interrupts off. */
static bool timer_pending(void) {
  for (u32 i = 0; i < PATIENCE; i++)
    if (pic_requested(IRQ_TIMER)) return true;
  return false;
}

TEST(EnableInterrupts) {
  u32 result;
  EXPECT(timer_pending(), "no timer interrupt to wait for");
  u32 count = irq_count(IRQ_TIMER);
  irq_enable();
  bool on = interrupts_on();
  __asm__ volatile("nop");
  EXPECT(on, "the flag is not set at the patch site");
  EXPECT(irq_count(IRQ_TIMER) != count, "the waiting interrupt was not served");
  irq_disable();
  EXPECT(flags_call(operations.EnableInterrupts, 0x1A1A1A1A, &result), "a register has changed");
  EXPECT(result == 0x1A1A1A1A, "eax has changed");
  EXPECT(interrupts_on(), "the flag is not set through the pointer");
  return PASS;
}

TEST(DisableInterrupts) {
  u32 result;
  irq_enable();
  irq_disable();
  EXPECT(!interrupts_on(), "the flag is not cleared at the patch site");
  irq_enable();
  EXPECT(flags_call(operations.DisableInterrupts, 0x1A1A1A1A, &result), "a register has changed");
  EXPECT(result == 0x1A1A1A1A, "eax has changed");
  EXPECT(!interrupts_on(), "the flag is not cleared through the pointer");
  return PASS;
}

TEST(GetInterruptMask) {
  u32 result;
  EXPECT(!(irq_flags() & EFLAGS_IF), "says on when they are off");
  EXPECT(flags_call(operations.GetInterruptMask, 0, &result), "a register has changed");
  EXPECT(!(result & EFLAGS_IF), "says on when they are off, through the pointer");
  irq_enable();
  EXPECT(irq_flags() & EFLAGS_IF, "says off when they are on");
  EXPECT(flags_call(operations.GetInterruptMask, 0, &result), "a register has changed");
  EXPECT(result & EFLAGS_IF, "says off when they are on, through the pointer");
  return PASS;
}

TEST(SetInterruptMask) {
  u32 result;
  irq_restore(EFLAGS_ALWAYS | EFLAGS_IF);
  EXPECT(interrupts_on(), "the flag is not set at the patch site");
  irq_restore(EFLAGS_ALWAYS);
  EXPECT(!interrupts_on(), "the flag is not cleared at the patch site");
  EXPECT(flags_call(operations.SetInterruptMask, EFLAGS_ALWAYS | EFLAGS_IF, &result), "a register has changed");
  EXPECT(result == (EFLAGS_ALWAYS | EFLAGS_IF), "eax has changed");
  EXPECT(interrupts_on(), "the flag is not set through the pointer");
  EXPECT(flags_call(operations.SetInterruptMask, EFLAGS_ALWAYS, &result), "a register has changed");
  EXPECT(!interrupts_on(), "the flag is not cleared through the pointer");
  EXPECT(timer_pending(), "no timer interrupt to wait for");
  u32 count = irq_count(IRQ_TIMER);
  irq_restore(EFLAGS_ALWAYS | EFLAGS_IF);
  __asm__ volatile("nop");
  EXPECT(irq_count(IRQ_TIMER) != count, "the waiting interrupt was not served");
  return PASS;
}

static void return_wrongly(void *unused) {
  (void)unused;
  return_with(EFLAGS_ALWAYS, NO_SELECTOR);
}

TEST(IRET) {
  u32 some = return_with(EFLAGS_ALWAYS | EFLAGS_ARITHMETIC | EFLAGS_IOPL, KERNEL_CODE);
  u32 none = return_with(EFLAGS_ALWAYS, KERNEL_CODE);
  u32 enabled = return_with(EFLAGS_ALWAYS | EFLAGS_IF, KERNEL_CODE);
  irq_disable();
  EXPECT((some & EFLAGS_ARITHMETIC) == EFLAGS_ARITHMETIC && !(none & EFLAGS_ARITHMETIC), "the flags are not the frame's");
  EXPECT((some & EFLAGS_IOPL) == EFLAGS_IOPL && !(none & EFLAGS_IOPL), "IOPL is not the frame's");
  EXPECT(!(some & EFLAGS_IF) && (enabled & EFLAGS_IF), "the interrupt flag is not the frame's");
  EXPECT(!attempt(return_wrongly, NULL), "a selector beyond the table is accepted");
  EXPECT(attempt_fault.vector == VECTOR_PROTECTION, "a bad selector raises the wrong exception");
  EXPECT(attempt_fault.error == NO_SELECTOR, "a bad selector raises the wrong error code");
  return PASS_SAYING(attempt_fault.eip == (u32)return_with_site ? "faults at the site" : "faults in the ROM");
}

TEST(SYSEXIT) {
  if (!(cpu_features() & CPU_SEP)) return PASS_SAYING("not exercised: the processor has none");
  return PASS_SAYING("every system call through SYSENTER uses it");
}

static u32 interrupts_served(void) {
  u32 total = 0;
  for (u32 irq = 0; irq < IRQ_COUNT; irq++) total += irq_count(irq);
  return total;
}

TEST(Halt) {
  for (u32 i = 0; i < 3; i++) {
    irq_disable();
    u32 before = interrupts_served();
    operations.Halt();
    EXPECT(interrupts_on(), "returns with interrupts off");
    EXPECT(interrupts_served() != before, "returns without an interrupt");
  }
  irq_disable();
  EXPECT(timer_pending(), "no timer interrupt to wait for");
  operations.Halt(); /* would last to the next tick if the one that waits were lost; it must be served at least */
  EXPECT(interrupts_on(), "returns with interrupts off");
  return PASS;
}

TEST(SetIOPLMask) {
  operations.SetIOPLMask(EFLAGS_IOPL);
  u32 high = raw_flags();
  operations.SetIOPLMask(0);
  u32 low = raw_flags();
  EXPECT((high & EFLAGS_IOPL) == EFLAGS_IOPL && !(low & EFLAGS_IOPL), "IOPL is another");
  EXPECT(!((high ^ low) & EFLAGS_IF), "the interrupt flag has changed");
  return PASS;
}

TEST(Reboot) { return PASS_SAYING("ends the machine: the command reboot uses it"); }
TEST(Shutdown) { return PASS_SAYING("ends the machine: the command halt uses it"); }
