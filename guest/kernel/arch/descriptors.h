/* Segments, gates and the task state segment (Intel SDM volume 3, chapters 3, 6 and 8). */
#pragma once

#define KERNEL_CODE 0x08
#define KERNEL_DATA 0x10
#define USER_CODE 0x1B
#define USER_DATA 0x23
#define TASK_SELECTOR 0x28
#define THREAD_SELECTOR 0x33 /* the one segment a process may set: its thread-local storage */
#define LDT_SELECTOR 0x38 /* for whoever wants to try an LDT; the kernel has none */

#ifndef __ASSEMBLER__
#include "types.h"

struct descriptor {
  u32 low, high;
};

struct table_pointer {
  u16 limit;
  u32 base;
} __attribute__((packed));

struct task_state {
  u32 previous, esp0, ss0, unused[22];
  u16 trap, io_map_base;
};

/* Loads GDT, IDT and task register. */
void descriptors_install(void);

/* Sets the ring-0 stack of the running process; `stack` is the address just above it. */
void kernel_stack_select(u32 stack);

/* Where the ring-0 stack of the running process is kept. */
const u32 *kernel_stack_word(void);

/* Sets the base of THREAD_SELECTOR. The descriptor is always present, so loading it never faults. */
void thread_segment_select(u32 base);
#endif
