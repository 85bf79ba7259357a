/* Exceptions, interrupts and system calls on their way into the kernel. */
#pragma once

#define VECTOR_DEBUG 1
#define VECTOR_BREAKPOINT 3
#define VECTOR_OVERFLOW 4
#define VECTOR_INVALID_OPCODE 6
#define VECTOR_NO_FPU 7
#define VECTOR_PROTECTION 13
#define VECTOR_PAGE_FAULT 14
#define VECTOR_IRQ0 32
#define VECTOR_STUBS 48
#define VECTOR_SYSTEM_CALL 0x80

#define USER_FLAGS 0x202 /* with interrupts, and the bit that is always set */

#ifndef __ASSEMBLER__
#include "types.h"

/* What entry.S pushes, lowest address first. `user_esp` and `user_ss` exist only when the trap came from user mode. */
struct trap_frame {
  u32 gs, fs, es, ds;
  u32 edi, esi, ebp, kernel_esp, ebx, edx, ecx, eax;
  u32 vector, error;
  u32 eip, cs, eflags, user_esp, user_ss;
};

static inline bool trap_from_user(const struct trap_frame *frame) { return frame->cs & 3; }

/* Set when the way back to user mode has something to do first: another process to run, a signal to die of. */
extern volatile u32 attention;

/* entry.S: leaves the kernel through the frame at the stack pointer. */
void trap_return(void);

/* entry.S: copies `length` bytes. Either side may be user memory: returns 0, or -EFAULT when some is not there. */
s32 user_copy(void *to, const void *from, u32 length);
extern const char user_copy_start[], user_copy_end[], user_copy_fault[];
#endif
