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
  handler handler = number < ARRAY_LENGTH(handlers) ? handlers[number] : 0;
  call->eax = (u32)(handler ? handler(call) : -ENOSYS);
}
