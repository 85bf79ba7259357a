/*
 * Handlers of int 0x80: arguments in ebx, ecx, edx, esi, edi and ebp of the frame, the result (negative: an error
 * number) goes to eax.
 */
#pragma once
#include "abi.h"
#include "trap.h"

#define SYSCALL(number, name) s32 sys_##name(struct trap_frame *call);
#include "syscalls.def"
#undef SYSCALL

void system_call_dispatch(struct trap_frame *call);
