#include "system_call.h"

typedef s32 (*handler)(struct trap_frame *call);

static const handler handlers[] = {
#define SYSCALL(number, name) [number] = sys_##name,
#include "syscalls.def"
#undef SYSCALL
};

/* Called from entry.S with interrupts on. */
void system_call_dispatch(struct trap_frame *call) {
  u32 number = call->eax;
  handler handle = number < ARRAY_LENGTH(handlers) ? handlers[number] : NULL;
  call->eax = (u32)(handle ? handle(call) : -ENOSYS);
}
