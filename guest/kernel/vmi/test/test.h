/*
 * Tests of the operations, one for each of VMI's calls and some of their misuse. Each exercises its call as the kernel
 * has it now (the hypervisor's or its own) and looks at the effect by other means: raw.h, memory, interrupts.
 */
#pragma once
#include "operations.h"

struct verdict {
  bool ok;
  const char *detail; /* what went wrong, or is worth saying; NULL: nothing */
};

/* Runs with interrupts off, and may leave them as they come. */
#define TEST(name) struct verdict test_##name(void)
#define PASS ((struct verdict){true, NULL})
#define PASS_SAYING(text) ((struct verdict){true, text})
#define EXPECT(condition, complaint) \
  if (!(condition)) return (struct verdict) { false, complaint }

/* The misuse: MISUSE(name, title). */
#define MISUSES \
  MISUSE(unknown_calls, "unknown calls") \
  MISUSE(patched_twice, "site patched twice") \
  MISUSE(patched_half, "site patched half") \
  MISUSE(wild_pointers, "wild pointers") \
  MISUSE(no_memory, "pages without memory")

#define VMI_CALL(number, name, result, parameters) TEST(name);
#define VMI_REGISTER_CALL(number, name) TEST(name);
#include "calls.def"
#undef VMI_CALL
#undef VMI_REGISTER_CALL

#define MISUSE(name, title) TEST(name);
MISUSES
#undef MISUSE
