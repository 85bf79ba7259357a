/*
 * Privileged instructions as the processor has them, for code that runs before the operations can be replaced or that
 * checks what they did. Everything else uses privileged.h.
 */
#pragma once
#include "descriptors.h"

#ifdef __ASSEMBLER__

/* No flag but the one that is always set. */
.macro RAW_FLAGS_CLEAR
  push $2
  popf
.endm

.macro RAW_FLAGS_TO_EAX
  pushf
  pop %eax
.endm

#else

#include "types.h"

#define RAW_READ(name, type, instruction) \
  static inline type raw_##name(void) { \
    type value; \
    __asm__ volatile(instruction : "=r"(value)::"memory"); \
    return value; \
  }

RAW_READ(flags, u32, "pushf\n\tpop %0")
RAW_READ(cr0, u32, "mov %%cr0, %0")
RAW_READ(cr2, u32, "mov %%cr2, %0")
RAW_READ(cr3, u32, "mov %%cr3, %0")
RAW_READ(cr4, u32, "mov %%cr4, %0")
RAW_READ(dr0, u32, "mov %%db0, %0")
RAW_READ(dr7, u32, "mov %%db7, %0")
RAW_READ(ldt, u16, "sldt %0")
RAW_READ(task_register, u16, "str %0")
#undef RAW_READ

static inline struct table_pointer raw_gdt(void) {
  struct table_pointer table;
  __asm__ volatile("sgdt %0" : "=m"(table));
  return table;
}

static inline struct table_pointer raw_idt(void) {
  struct table_pointer table;
  __asm__ volatile("sidt %0" : "=m"(table));
  return table;
}

static inline u64 raw_model_register(u32 number) {
  u64 value;
  __asm__ volatile("rdmsr" : "=A"(value) : "c"(number));
  return value;
}

static inline u64 raw_time_stamp(void) {
  u64 value;
  __asm__ volatile("rdtsc" : "=A"(value));
  return value;
}

static inline void raw_cpuid(u32 leaf, u32 registers[4]) {
  __asm__ volatile("cpuid"
                   : "=a"(registers[0]), "=b"(registers[1]), "=c"(registers[2]), "=d"(registers[3])
                   : "a"(leaf), "c"(0));
}

/* CPUID exists when EFLAGS.ID can be toggled. */
static inline bool cpuid_available(void) {
  u32 before, after;
  __asm__ volatile(
      "pushf\n\tpop %0\n\tmov %0, %1\n\txor $0x200000, %1\n\tpush %1\n\tpopf\n\tpushf\n\tpop %1\n\tpush %0\n\tpopf"
      : "=&r"(before), "=&r"(after)::"cc");
  return (before ^ after) & 0x200000;
}

/* After code was changed: nothing fetched before is executed any more. A jump is enough for one processor. */
static inline void raw_serialize(void) { __asm__ volatile("jmp 1f\n1:" ::: "memory"); }

/* The instructions of the patch sites. */
static inline void raw_irq_enable(void) { __asm__ volatile("sti" ::: "memory"); }
static inline void raw_irq_disable(void) { __asm__ volatile("cli" ::: "memory"); }
static inline void raw_flags_set(u32 flags) { __asm__ volatile("push %0\n\tpopf" ::"r"(flags) : "memory", "cc"); }

static inline void raw_return(u32 flags) {
  __asm__ volatile("push %0\n\tpush %1\n\tpush $1f\n\tiret\n1:" ::"r"(flags), "i"(KERNEL_CODE) : "memory", "cc");
}

#endif
