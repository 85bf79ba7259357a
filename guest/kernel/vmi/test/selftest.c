#include "selftest.h"
#include "privileged.h"
#include "string.h"
#include "test.h"
#include "vmi.h"

#define VMI_CALL(number, name, result, parameters) {#name, test_##name},
#define VMI_REGISTER_CALL(number, name) {#name, test_##name},
#define MISUSE(name, title) {title, test_##name},

/* By number; the misuse behind the calls. */
static const struct {
  const char *name;
  struct verdict (*run)(void);
} tests[] = {
#include "calls.def"
    MISUSES
};

static u32 outcome_of(u32 number, bool ok) {
  if (!ok) return VMI_FAILED;
  return number < VMI_CALLS && vmi_relocation(number)->type == VMI_NONE ? VMI_NATIVE : VMI_PASSED;
}

bool vmi_test_run(struct vmi_test *result) {
  u32 number = result->number;
  if (number >= ARRAY_LENGTH(tests)) return false;
  string_copy(result->name, tests[number].name, sizeof result->name);
  if (number < VMI_CALLS && !((void **)&operations)[number]) {
    result->outcome = VMI_ABSENT;
    return true;
  }
  u32 flags = irq_save();
  struct verdict verdict = tests[number].run();
  irq_restore(flags);
  result->outcome = outcome_of(number, verdict.ok);
  string_copy(result->detail, verdict.detail ? verdict.detail : "", sizeof result->detail);
  return true;
}
