/*
 * One pointer for each of VMI's calls, in their order and with their conventions: to the processor's own instructions
 * (vmi/native.S), or to a hypervisor's ROM once there is one. NULL: neither has it.
 */
#pragma once

#ifdef __ASSEMBLER__

#define VMI_CALL(number, name, result, parameters) .set VMI_##name, number
#define VMI_REGISTER_CALL(number, name) .set VMI_##name, number
#include "calls.def"
#undef VMI_CALL
#undef VMI_REGISTER_CALL

#else

#include "types.h"

struct descriptor;
struct table_pointer;

enum vmi_call {
#define VMI_CALL(number, name, result, parameters) VMI_##name = number,
#define VMI_REGISTER_CALL(number, name) VMI_##name = number,
#include "calls.def"
#undef VMI_CALL
#undef VMI_REGISTER_CALL
  VMI_CALLS,
};

#define VMI_CONVENTION __attribute__((regparm(3)))

struct operations {
#define VMI_CALL(number, name, result, parameters) result(*name) parameters VMI_CONVENTION;
#define VMI_REGISTER_CALL(number, name) void *name;
#include "calls.def"
#undef VMI_CALL
#undef VMI_REGISTER_CALL
};

extern struct operations operations;
extern const struct operations native_operations;

_Static_assert(sizeof(struct operations) == 4 * VMI_CALLS, "one pointer a call");
#endif
