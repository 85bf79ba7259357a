/*
 * Every privileged operation of the kernel, each under one name and nowhere else: interrupt flag, control registers,
 * descriptor tables, TLB, page-table entries, HLT and IRET. Code before paging (boot/) is the only exception: it runs
 * before anybody could have replaced an operation. Usable from C and from assembly.
 */
#pragma once

#define EFLAGS_IF 0x200

#ifdef __ASSEMBLER__

.macro IRQ_DISABLE
  cli
.endm

.macro IRQ_ENABLE
  sti
.endm

/* Ends every path to user mode and back into interrupted kernel code. */
.macro INTERRUPT_RETURN
  iret
.endm

#else

#include "descriptors.h"
#include "types.h"

/* ---- the interrupt flag ---- */

static inline void irq_disable(void) { __asm__ volatile("cli" ::: "memory"); }
static inline void irq_enable(void) { __asm__ volatile("sti" ::: "memory"); }

/* EFLAGS; only the interrupt flag in it has a meaning for irq_restore. */
static inline u32 irq_flags(void) {
  u32 flags;
  __asm__ volatile("pushf\n\tpop %0" : "=r"(flags)::"memory");
  return flags;
}

static inline u32 irq_save(void) {
  u32 flags = irq_flags();
  irq_disable();
  return flags;
}

static inline void irq_restore(u32 flags) { __asm__ volatile("push %0\n\tpopf" ::"r"(flags) : "memory", "cc"); }

/*
 * Called with interrupts off, returns with them on after one was served: STI's shadow covers HLT, so none is slept
 * through.
 */
static inline void halt_until_interrupt(void) { __asm__ volatile("sti\n\thlt" ::: "memory"); }

static inline void __attribute__((noreturn)) halt_forever(void) {
  for (;;) __asm__ volatile("cli\n\thlt" ::: "memory");
}

/* ---- control registers ---- */

enum control_register_bit {
  CR0_PE = 1u << 0, CR0_MP = 1u << 1, CR0_EM = 1u << 2, CR0_TS = 1u << 3, CR0_NE = 1u << 5, CR0_WP = 1u << 16,
  CR0_PG = 1u << 31,
  CR4_TSD = 1u << 2, CR4_PGE = 1u << 7,
};

static inline u32 cr0_read(void) { u32 value; __asm__ volatile("mov %%cr0, %0" : "=r"(value)); return value; }
static inline u32 cr2_read(void) { u32 value; __asm__ volatile("mov %%cr2, %0" : "=r"(value)); return value; }
static inline u32 cr3_read(void) { u32 value; __asm__ volatile("mov %%cr3, %0" : "=r"(value)); return value; }
static inline u32 cr4_read(void) { u32 value; __asm__ volatile("mov %%cr4, %0" : "=r"(value)); return value; }
static inline void cr0_write(u32 value) { __asm__ volatile("mov %0, %%cr0" ::"r"(value) : "memory"); }
static inline void cr3_write(u32 value) { __asm__ volatile("mov %0, %%cr3" ::"r"(value) : "memory"); }
static inline void cr4_write(u32 value) { __asm__ volatile("mov %0, %%cr4" ::"r"(value) : "memory"); }
static inline void cr0_clear_task_switched(void) { __asm__ volatile("clts" ::: "memory"); }

/* ---- paging ---- */

enum page_table_level { PAGE_TABLE = 1, PAGE_DIRECTORY = 2 };

/*
 * Stores an entry of a page table or directory. `linear` is the first address the entry maps. A present entry that
 * changes is still in the TLB afterwards: tlb_invalidate is the caller's.
 */
static inline void page_entry_write(u32 *entry, u32 value, u32 linear, enum page_table_level level) {
  (void)linear, (void)level;
  *(volatile u32 *)entry = value;
}

/* A frame starts or stops being a page table; the frame is zero, or a copy of the kernel's half, when it starts. */
static inline void page_table_announce(u32 frame, enum page_table_level level) { (void)frame, (void)level; }
static inline void page_table_withdraw(u32 frame, enum page_table_level level) { (void)frame, (void)level; }

static inline void tlb_invalidate(u32 linear) { __asm__ volatile("invlpg (%0)" ::"r"(linear) : "memory"); }
static inline void tlb_flush(void) { cr3_write(cr3_read()); }

/* ---- descriptor tables ---- */

static inline void gdt_load(const struct table_pointer *table) { __asm__ volatile("lgdt %0" ::"m"(*table)); }
static inline void idt_load(const struct table_pointer *table) { __asm__ volatile("lidt %0" ::"m"(*table)); }
static inline void ldt_load(u16 selector) { __asm__ volatile("lldt %0" ::"r"(selector)); }
static inline void task_register_load(u16 selector) { __asm__ volatile("ltr %0" ::"r"(selector)); }

static inline void gdt_entry_write(struct descriptor *table, u32 index, struct descriptor value) {
  table[index] = value;
}

static inline void idt_entry_write(struct descriptor *table, u32 index, struct descriptor value) {
  table[index] = value;
}

/* Where the CPU finds the ring-0 stack when it leaves user mode. `stack` is the address just above it. */
static inline void kernel_stack_set(struct task_state *task, u32 stack) { task->esp0 = stack; }

/* ---- what the CPU says of itself ---- */

/* CPUID exists when EFLAGS.ID can be toggled. */
static inline bool cpuid_available(void) {
  u32 before, after;
  __asm__ volatile(
      "pushf\n\tpop %0\n\tmov %0, %1\n\txor $0x200000, %1\n\tpush %1\n\tpopf\n\tpushf\n\tpop %1\n\tpush %0\n\tpopf"
      : "=&r"(before), "=&r"(after)::"cc");
  return (before ^ after) & 0x200000;
}

static inline void cpuid_execute(u32 leaf, u32 registers[4]) {
  __asm__ volatile("cpuid"
                   : "=a"(registers[0]), "=b"(registers[1]), "=c"(registers[2]), "=d"(registers[3])
                   : "a"(leaf), "c"(0));
}

#endif
