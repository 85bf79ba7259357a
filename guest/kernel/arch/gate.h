/*
 * The quick way into the kernel: SYSENTER and SYSEXIT, on a page that every program has. What AT_SYSINFO points at is
 * called with the registers of int 0x80, and keeps all but eax and flags; on a CPU without SYSENTER it is int 0x80.
 */
#pragma once
#include "layout.h"

#define GATE_LINEAR USER_STACK_TOP

#ifndef __ASSEMBLER__
#include "types.h"

struct space;

/* Prepares the page and the CPU. `kernel_stack`: the word that holds the running process's ring-0 stack pointer. */
void gate_setup(const u32 *kernel_stack);

/* Puts the page into a new program's space. False when memory is used up. */
bool gate_map(struct space *space);
#endif
