/* CPUID, model-specific, control and debug registers, counters. */
#include "attempt.h"
#include "cpu.h"
#include "privileged.h"
#include "raw.h"
#include "test.h"

enum { LEAVES = 2, SYSENTER_EIP = 0x176, CR0_AM = 1 << 18, DEBUG_STATUS = 6, DEBUG_CONTROL = 7 };

/* DR7: breakpoint 0 is on, for writes of four bytes. */
enum { DEBUG_WRITE_0 = 0x000D0001, DEBUG_HIT_0 = 1, DEBUG_NOTHING = 0x400 };

TEST(CPUID) {
  for (u32 leaf = 0; leaf < LEAVES; leaf++) {
    u32 called[4], executed[4];
    cpuid_execute(leaf, called);
    raw_cpuid(leaf, executed);
    for (u32 i = 0; i < 4; i++) EXPECT(called[i] == executed[i], "differs from the instruction");
  }
  return PASS;
}

static u64 model_register_read(u32 number) {
  u64 value;
  __asm__ volatile("call *operations + 4 * %c[call]"
                   : "=A"(value), "+c"(number)
                   : [call] "i"(VMI_RDMSR)
                   : "memory", "cc");
  return value;
}

TEST(WRMSR) {
  if (!(cpu_features() & CPU_SEP)) return PASS_SAYING("not exercised: no register to try");
  u64 before = raw_model_register(SYSENTER_EIP);
  model_register_write(SYSENTER_EIP, 0x12345678);
  u64 after = raw_model_register(SYSENTER_EIP);
  model_register_write(SYSENTER_EIP, before);
  EXPECT(after == 0x12345678, "the register does not hold what was written");
  EXPECT(raw_model_register(SYSENTER_EIP) == before, "the register cannot be restored");
  return PASS;
}

TEST(RDMSR) {
  if (!(cpu_features() & CPU_SEP)) return PASS_SAYING("not exercised: no register to try");
  EXPECT(model_register_read(SYSENTER_EIP) == raw_model_register(SYSENTER_EIP), "differs from the instruction");
  return PASS;
}

static void counter_read(void *unused) {
  (void)unused;
  u32 counter = 0;
  __asm__ volatile("call *operations + 4 * %c[call]" : "+c"(counter) : [call] "i"(VMI_RDPMC) : "eax", "edx", "cc");
}

TEST(RDPMC) {
  if (attempt(counter_read, NULL)) return PASS;
  EXPECT(attempt_fault.vector == VECTOR_PROTECTION || attempt_fault.vector == VECTOR_INVALID_OPCODE, "wrong exception");
  return PASS_SAYING("no counters: the processor objects");
}

TEST(RDTSC) {
  if (!(cpu_features() & CPU_TSC)) return PASS_SAYING("not exercised: the processor has none");
  u64 before = raw_time_stamp(), now = operations.RDTSC(), after = raw_time_stamp();
  EXPECT(before <= now && now <= after, "not between two readings of the instruction");
  return PASS;
}

TEST(WBINVD) {
  static volatile u32 word = 1;
  word++;
  u32 before = word;
  operations.WBINVD();
  EXPECT(word == before, "memory has changed");
  return PASS;
}

TEST(GetCR0) {
  EXPECT(operations.GetCR0() == raw_cr0(), "differs from the register");
  return PASS;
}

TEST(GetCR2) {
  EXPECT(operations.GetCR2() == raw_cr2(), "differs from the register");
  return PASS;
}

TEST(GetCR3) {
  EXPECT(operations.GetCR3() == raw_cr3(), "differs from the register");
  return PASS;
}

TEST(GetCR4) {
  EXPECT(operations.GetCR4() == raw_cr4(), "differs from the register");
  return PASS;
}

TEST(SetCR0) {
  u32 before = raw_cr0();
  operations.SetCR0(before ^ CR0_AM);
  u32 after = raw_cr0();
  operations.SetCR0(before);
  EXPECT(after == (before ^ CR0_AM), "the register does not hold what was written");
  EXPECT(raw_cr0() == before, "the register cannot be restored");
  return PASS;
}

TEST(SetCR2) {
  operations.SetCR2(0x12345678);
  EXPECT(raw_cr2() == 0x12345678, "the register does not hold what was written");
  return PASS;
}

TEST(SetCR4) {
  u32 before = raw_cr4();
  operations.SetCR4(before ^ CR4_TSD);
  u32 after = raw_cr4();
  operations.SetCR4(before);
  EXPECT(after == (before ^ CR4_TSD), "the register does not hold what was written");
  EXPECT(raw_cr4() == before, "the register cannot be restored");
  return PASS;
}

TEST(CLTS) {
  u32 before = raw_cr0();
  operations.SetCR0(before | CR0_TS);
  operations.CLTS();
  u32 after = raw_cr0();
  operations.SetCR0(before);
  EXPECT(!(after & CR0_TS), "TS is still set");
  return PASS;
}

static void store(void *word) { *(volatile u32 *)word = 1; }

TEST(SetDR) {
  static u32 watched;
  operations.SetDR(0, (u32)&watched);
  operations.SetDR(DEBUG_STATUS, 0);
  operations.SetDR(DEBUG_CONTROL, DEBUG_WRITE_0);
  u32 address = raw_dr0();
  bool quiet = attempt(store, &watched);
  operations.SetDR(DEBUG_CONTROL, DEBUG_NOTHING);
  EXPECT(address == (u32)&watched, "DR0 does not hold what was written");
  EXPECT(!quiet && attempt_fault.vector == VECTOR_DEBUG, "a write to the watched word does not trap");
  EXPECT(attempt(store, &watched), "a write still traps when the breakpoint is off");
  return PASS;
}

TEST(GetDR) {
  operations.SetDR(0, 0x12345678);
  operations.SetDR(DEBUG_STATUS, DEBUG_HIT_0);
  EXPECT(operations.GetDR(0) == 0x12345678 && raw_dr0() == 0x12345678, "DR0 differs");
  EXPECT(operations.GetDR(DEBUG_STATUS) & DEBUG_HIT_0, "DR6 differs");
  EXPECT(operations.GetDR(DEBUG_CONTROL) == raw_dr7(), "DR7 differs");
  operations.SetDR(DEBUG_STATUS, 0);
  operations.SetDR(0, 0);
  return PASS;
}
