#include "operations.h"

/* Weak: what plain code cannot do (vmi/native.S) stays NULL. */
#define VMI_CALL(number, name, result, parameters) \
  extern result native_##name parameters VMI_CONVENTION __attribute__((weak));
#define VMI_REGISTER_CALL(number, name) extern char native_##name[] __attribute__((weak));
#include "calls.def"
#undef VMI_CALL
#undef VMI_REGISTER_CALL

#define VMI_CALL(number, name, result, parameters) .name = native_##name,
#define VMI_REGISTER_CALL(number, name) .name = native_##name,

struct operations operations = {
#include "calls.def"
};

const struct operations native_operations = {
#include "calls.def"
};
