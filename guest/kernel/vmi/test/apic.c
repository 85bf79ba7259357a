/* The local APIC, and other processors. */
#include "apic.h"
#include "privileged.h"
#include "string.h"
#include "test.h"

enum { NO_PROCESSOR = 0x55, STATE_BYTES = 92 };

TEST(APICRead) {
  if (!apic_present()) return PASS_SAYING("not exercised: the processor has none");
  EXPECT(operations.APICRead(APIC_ID) == apic_register_read(APIC_ID), "the identity differs");
  EXPECT(operations.APICRead(APIC_VERSION) == apic_register_read(APIC_VERSION), "the version differs");
  return PASS;
}

TEST(APICWrite) {
  if (!apic_present()) return PASS_SAYING("not exercised: the processor has none");
  u32 before = apic_register_read(APIC_TASK_PRIORITY);
  operations.APICWrite(APIC_TASK_PRIORITY, before ^ 0x10);
  u32 after = apic_register_read(APIC_TASK_PRIORITY), called = operations.APICRead(APIC_TASK_PRIORITY);
  operations.APICWrite(APIC_TASK_PRIORITY, before);
  EXPECT(after == (before ^ 0x10), "the register does not hold what was written");
  EXPECT(called == after, "APICRead does not see what was written");
  EXPECT(apic_register_read(APIC_TASK_PRIORITY) == before, "the register cannot be restored");
  return PASS;
}

/* There is one processor: that another's state is taken without harm is all that can be seen. */
TEST(SetInitialAPState) {
  u8 state[STATE_BYTES], copy[STATE_BYTES];
  memset(state, 0x77, sizeof state);
  memcpy(copy, state, sizeof copy);
  operations.SetInitialAPState(state, NO_PROCESSOR);
  EXPECT(!memcmp(state, copy, sizeof copy), "the state has changed");
  return PASS_SAYING("of a processor that is not there");
}
