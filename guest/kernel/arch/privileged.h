/*
 * Every privileged operation of the kernel, each under one name and nowhere else: interrupt flag, control registers,
 * descriptor tables, TLB, page-table entries, HLT and IRET. All go through the table of operations, which are the
 * processor's instructions or a hypervisor's; the six hottest are patch sites. Usable from C and from assembly.
 */
#pragma once
#include "sites.h"

#define EFLAGS_TF 0x100
#define EFLAGS_IF 0x200

#ifdef __ASSEMBLER__

.macro IRQ_DISABLE
  VMI_SITE call, VMI_DisableInterrupts
.endm

.macro IRQ_ENABLE
  VMI_SITE call, VMI_EnableInterrupts
.endm

/* Ends every path to user mode and back into interrupted kernel code. */
.macro INTERRUPT_RETURN
  VMI_SITE jmp, VMI_IRET
.endm

#else

#include "descriptors.h"
#include "types.h"

/* ---- the interrupt flag ---- */

static inline void irq_disable(void) {
  __asm__ volatile(VMI_SITE ::[call] "i"(VMI_DisableInterrupts) : "memory", "cc");
}

static inline void irq_enable(void) {
  __asm__ volatile(VMI_SITE ::[call] "i"(VMI_EnableInterrupts) : "memory", "cc");
}

/* EFLAGS; only the interrupt flag in it has a meaning. */
static inline u32 irq_flags(void) {
  u32 flags;
  __asm__ volatile(VMI_SITE : "=a"(flags) : [call] "i"(VMI_GetInterruptMask) : "memory", "cc");
  return flags;
}

static inline u32 irq_save(void) {
  u32 flags = irq_flags();
  irq_disable();
  return flags;
}

static inline void irq_restore(u32 flags) {
  __asm__ volatile(VMI_SITE ::[call] "i"(VMI_SetInterruptMask), "a"(flags) : "memory", "cc");
}

/* Called with interrupts off, returns with them on after one was served; none is slept through. */
static inline void halt_until_interrupt(void) { operations.Halt(); }

static inline void __attribute__((noreturn)) halt_forever(void) {
  for (;;) operations.Shutdown();
}

/* A reset of the whole board; it may take a moment. */
static inline void machine_reset(void) {
  enum { REBOOT_HARD = 1 };
  operations.Reboot(REBOOT_HARD);
}

/* ---- control registers ---- */

enum control_register_bit {
  CR0_PE = 1u << 0, CR0_MP = 1u << 1, CR0_EM = 1u << 2, CR0_TS = 1u << 3, CR0_NE = 1u << 5, CR0_WP = 1u << 16,
  CR0_PG = 1u << 31,
  CR4_TSD = 1u << 2, CR4_PGE = 1u << 7,
};

static inline u32 cr0_read(void) { return operations.GetCR0(); }
static inline u32 cr2_read(void) { return operations.GetCR2(); }
static inline u32 cr3_read(void) { return operations.GetCR3(); }
static inline u32 cr4_read(void) { return operations.GetCR4(); }
static inline void cr0_write(u32 value) { operations.SetCR0(value); }
static inline void cr3_write(u32 value) { operations.SetCR3(value); }
static inline void cr4_write(u32 value) { operations.SetCR4(value); }
static inline void cr0_clear_task_switched(void) { operations.CLTS(); }

/* ---- paging ---- */

enum page_table_level { PAGE_TABLE = 1, PAGE_DIRECTORY = 2 };

/* Where an entry is, for page_entry_write: in an address space that is not in CR3, or the first address it maps. */
enum { ENTRY_ELSEWHERE = 0, ENTRY_CURRENT = 0x10, ENTRY_INVALIDATED_NEXT = 0x20 };

/*
 * Stores an entry of a page table or directory. `where`: ENTRY_ELSEWHERE, or ENTRY_CURRENT | linear address when it
 * belongs to the address space in CR3. A present entry that changes is still in the TLB afterwards: tlb_invalidate is
 * the caller's. ENTRY_INVALIDATED_NEXT promises that it follows at once.
 */
static inline void page_entry_write(u32 *entry, u32 value, enum page_table_level level, u32 where) {
  operations.SetPxE(value, entry, level | where);
}

/* Takes bits from an entry. */
static inline void page_entry_clear(u32 *entry, u32 bits, enum page_table_level level, u32 where) {
  *(volatile u32 *)entry &= ~bits;
  operations.UpdatePxE(entry, level | where);
}

enum page_table_content { TABLE_COPIED = 0x20, TABLE_ZEROED = 0x40 };

/* A zeroed frame starts being a page table. All frames here are physical addresses. */
static inline void page_table_announce(u32 frame) {
  operations.AllocatePage(frame >> 12, PAGE_TABLE | TABLE_ZEROED, 0, 0, 0);
}

/* A frame starts being a page directory: zeros, but for `count` entries from `first` on, copied from `source`. */
static inline void page_directory_announce(u32 frame, u32 source, u32 first, u32 count) {
  operations.AllocatePage(frame >> 12, PAGE_DIRECTORY | TABLE_ZEROED | TABLE_COPIED, source >> 12, first, count);
}

/* A frame has been a table for longer than anybody was told. */
static inline void page_table_confess(u32 frame, enum page_table_level level) {
  operations.AllocatePage(frame >> 12, level, 0, 0, 0);
}

static inline void page_table_withdraw(u32 frame, enum page_table_level level) {
  operations.ReleasePage(frame >> 12, level);
}

/* Memory from `linear` on is mapped to frames from 0 on for good. */
static inline void linear_mapping_announce(u32 linear, u32 bytes) {
  operations.SetLinearMapping(0, linear, bytes >> 12, 0);
}

/* Between begin and end nobody needs to see the effect of page-table changes, or of a process switch. */
enum lazy_mode { LAZY_OFF, LAZY_PAGE_TABLES, LAZY_SWITCH };

static inline void lazy_begin(enum lazy_mode mode) { operations.SetLazyMode(mode); }
static inline void lazy_end(void) { operations.SetLazyMode(LAZY_OFF); }

enum tlb_part { TLB_PROCESS = 1, TLB_ALL = 3 };

static inline void tlb_invalidate(u32 linear) { operations.InvalPage(linear); }
static inline void tlb_flush(void) { operations.FlushTLB(TLB_PROCESS); }

/* ---- descriptor tables ---- */

static inline void gdt_load(const struct table_pointer *table) { operations.SetGDT(table); }
static inline void idt_load(const struct table_pointer *table) { operations.SetIDT(table); }
static inline void ldt_load(u16 selector) { operations.SetLDT(selector); }
static inline void task_register_load(u16 selector) { operations.SetTR(selector); }

static inline void gdt_entry_write(struct descriptor *table, u32 index, struct descriptor value) {
  operations.WriteGDTEntry(table, index, value.low, value.high);
}

static inline void idt_entry_write(struct descriptor *table, u32 index, struct descriptor value) {
  operations.WriteIDTEntry(table, index, value.low, value.high);
}

/* Where the CPU finds the ring-0 stack when it leaves user mode. `stack` is the address just above it. */
static inline void kernel_stack_set(struct task_state *task, u32 stack) {
  task->esp0 = stack;
  operations.UpdateKernelStack(KERNEL_DATA, stack);
}

/* ---- what the CPU says of itself ---- */

static inline void cpuid_execute(u32 leaf, u32 registers[4]) {
  __asm__ volatile("call *operations + 4 * %c[call]"
                   : "=a"(registers[0]), "=b"(registers[1]), "=c"(registers[2]), "=d"(registers[3])
                   : [call] "i"(VMI_CPUID), "a"(leaf), "c"(0)
                   : "memory", "cc");
}

/* `value` to a model-specific register. */
static inline void model_register_write(u32 number, u64 value) {
  __asm__ volatile("call *operations + 4 * %c[call]" ::[call] "i"(VMI_WRMSR), "c"(number), "A"(value) : "memory", "cc");
}

#endif
