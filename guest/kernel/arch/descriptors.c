#include "descriptors.h"
#include "privileged.h"
#include "trap.h"

enum { GDT_ENTRIES = 8, GATE_INTERRUPT = 0x8E00, GATE_INTERRUPT_USER = 0xEE00, GATE_TRAP_USER = 0xEF00 };

/* Access bytes: present, DPL, type. Flags 0xC: 4 KB granularity, 32 bits. */
enum { CODE_0 = 0x9A, DATA_0 = 0x92, CODE_3 = 0xFA, DATA_3 = 0xF2, TASK_32 = 0x89, FLAT = 0xC, BYTES = 0 };

static struct descriptor gdt[GDT_ENTRIES], idt[256];
static u32 thread_base = ~0u; /* what the thread segment's descriptor holds */

/* SYSENTER comes with esp at task.esp0, from where it takes the real one; an exception just then pushes below it. */
static struct {
  u32 entry_stack[256];
  struct task_state task;
} area = {.task = {.ss0 = KERNEL_DATA, .io_map_base = sizeof area.task}};

/* entry.S: one stub a vector, 0 … VECTOR_STUBS-1, and the system call's. */
extern const u32 trap_stubs[VECTOR_STUBS];
extern const char system_call_stub[];

static struct descriptor segment(u32 base, u32 limit, u32 access, u32 flags) {
  return (struct descriptor){
      .low = (limit & 0xFFFF) | base << 16,
      .high = (base >> 16 & 0xFF) | access << 8 | (limit & 0xF0000) | flags << 20 | (base & 0xFF000000),
  };
}

static struct descriptor gate(u32 target, u32 kind) {
  return (struct descriptor){.low = (target & 0xFFFF) | KERNEL_CODE << 16, .high = (target & 0xFFFF0000) | kind};
}

static void reload_segments(void) {
  __asm__ volatile(
      "ljmp %0, $1f\n1:\n\t"
      "mov %1, %%ds\n\tmov %1, %%es\n\tmov %1, %%ss\n\tmov %2, %%fs\n\tmov %2, %%gs" ::"i"(KERNEL_CODE),
      "r"(KERNEL_DATA), "r"(0)
      : "memory");
}

void descriptors_install(void) {
  gdt_entry_write(gdt, KERNEL_CODE / 8, segment(0, 0xFFFFF, CODE_0, FLAT));
  gdt_entry_write(gdt, KERNEL_DATA / 8, segment(0, 0xFFFFF, DATA_0, FLAT));
  gdt_entry_write(gdt, USER_CODE / 8, segment(0, 0xFFFFF, CODE_3, FLAT));
  gdt_entry_write(gdt, USER_DATA / 8, segment(0, 0xFFFFF, DATA_3, FLAT));
  gdt_entry_write(gdt, TASK_SELECTOR / 8, segment((u32)&area.task, sizeof area.task - 1, TASK_32, BYTES));
  thread_segment_select(0);
  gdt_load(&(struct table_pointer){sizeof gdt - 1, (u32)gdt});
  reload_segments();

  for (u32 vector = 0; vector < VECTOR_STUBS; vector++)
    idt_entry_write(idt, vector, gate(trap_stubs[vector], GATE_INTERRUPT));
  /* Breakpoint and overflow are the user's to raise. */
  idt_entry_write(idt, VECTOR_BREAKPOINT, gate(trap_stubs[VECTOR_BREAKPOINT], GATE_INTERRUPT_USER));
  idt_entry_write(idt, VECTOR_OVERFLOW, gate(trap_stubs[VECTOR_OVERFLOW], GATE_INTERRUPT_USER));
  idt_entry_write(idt, VECTOR_SYSTEM_CALL, gate((u32)system_call_stub, GATE_TRAP_USER));
  idt_load(&(struct table_pointer){sizeof idt - 1, (u32)idt});

  ldt_load(0);
  task_register_load(TASK_SELECTOR);
}

const u32 *kernel_stack_word(void) { return &area.task.esp0; }

void kernel_stack_select(u32 stack) { kernel_stack_set(&area.task, stack); }

void thread_segment_select(u32 base) {
  if (base == thread_base) return;
  thread_base = base;
  gdt_entry_write(gdt, THREAD_SELECTOR / 8, segment(base, 0xFFFFF, DATA_3, FLAT));
}
