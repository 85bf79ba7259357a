/* Descriptor tables and the task register. */
#include "attempt.h"
#include "descriptors.h"
#include "privileged.h"
#include "raw.h"
#include "string.h"
#include "test.h"

enum {
  TABLE_ENTRIES = 8, VECTORS = 256, TEST_VECTOR = 0x81, BUSY = 1 << 9,
  DATA_SEGMENT = 0x0040F300, /* high dword: 32-bit writable data of ring 3, present, base bits 0 */
  INTERRUPT_GATE = 0x8E00, LDT_SEGMENT = 0x8200, TABLE_INDICATOR = 4, RING_3 = 3,
};

/* test_entry.S */
extern u32 test_interrupts;
void test_interrupt(void);

static struct descriptor *gdt(void) { return (struct descriptor *)raw_gdt().base; }
static bool same(struct table_pointer a, struct table_pointer b) { return a.limit == b.limit && a.base == b.base; }

/* 32-bit data of 4 KB at `base`, for programs. */
static struct descriptor data_at(const void *at) {
  u32 base = (u32)at;
  return (struct descriptor){0xFFF | base << 16, (base >> 16 & 0xFF) | DATA_SEGMENT | (base & 0xFF000000)};
}

/* The first word of the segment. */
static u32 word_through(u32 selector) {
  u32 value;
  __asm__ volatile("mov %1, %%fs\n\tmov %%fs:0, %0\n\tmov %2, %%fs" : "=&r"(value) : "r"(selector), "r"(0) : "memory");
  return value;
}

TEST(SetGDT) {
  static struct descriptor copy[TABLE_ENTRIES];
  static const u32 word = 0xC0FFEE;
  struct table_pointer before = raw_gdt(), table = {sizeof copy - 1, (u32)copy};
  memcpy(copy, gdt(), sizeof copy);
  copy[THREAD_SELECTOR / 8] = data_at(&word);
  operations.SetGDT(&table);
  struct table_pointer after = raw_gdt();
  u32 seen = word_through(THREAD_SELECTOR);
  operations.SetGDT(&before);
  EXPECT(same(after, table), "the register does not hold what was written");
  EXPECT(seen == word, "segments do not come from the new table");
  EXPECT(same(raw_gdt(), before), "the register cannot be restored");
  return PASS;
}

TEST(SetLDT) {
  static struct descriptor ldt[1];
  static const u32 word = 0xBADCAFE;
  struct descriptor none = gdt()[LDT_SELECTOR / 8];
  u32 base = (u32)ldt;
  operations.WriteLDTEntry(ldt, 0, data_at(&word).low, data_at(&word).high);
  operations.WriteGDTEntry(gdt(), LDT_SELECTOR / 8, (sizeof ldt - 1) | base << 16,
                           (base >> 16 & 0xFF) | LDT_SEGMENT | (base & 0xFF000000));
  operations.SetLDT(LDT_SELECTOR);
  u16 selector = raw_ldt();
  u32 seen = word_through(TABLE_INDICATOR | RING_3);
  operations.SetLDT(0);
  operations.WriteGDTEntry(gdt(), LDT_SELECTOR / 8, none.low, none.high);
  EXPECT(selector == LDT_SELECTOR, "the register does not hold what was written");
  EXPECT(seen == word, "segments do not come from the table");
  EXPECT(raw_ldt() == 0, "the register cannot be emptied");
  return PASS;
}

TEST(SetIDT) {
  static struct descriptor copy[VECTORS];
  struct table_pointer before = raw_idt(), table = {sizeof copy - 1, (u32)copy};
  u32 target = (u32)test_interrupt, count = test_interrupts;
  memcpy(copy, (const void *)before.base, sizeof copy);
  copy[TEST_VECTOR] =
      (struct descriptor){(target & 0xFFFF) | KERNEL_CODE << 16, (target & 0xFFFF0000) | INTERRUPT_GATE};
  operations.SetIDT(&table);
  struct table_pointer after = raw_idt();
  __asm__ volatile("int %0" ::"i"(TEST_VECTOR) : "memory");
  operations.SetIDT(&before);
  EXPECT(same(after, table), "the register does not hold what was written");
  EXPECT(test_interrupts == count + 1, "interrupts do not go through the new table");
  EXPECT(same(raw_idt(), before), "the register cannot be restored");
  return PASS;
}

TEST(SetTR) {
  struct descriptor task = gdt()[TASK_SELECTOR / 8];
  operations.WriteGDTEntry(gdt(), TASK_SELECTOR / 8, task.low, task.high & ~(u32)BUSY);
  operations.SetTR(TASK_SELECTOR);
  EXPECT(raw_task_register() == TASK_SELECTOR, "the register does not hold what was written");
  EXPECT(gdt()[TASK_SELECTOR / 8].high & BUSY, "the descriptor is not busy");
  return PASS;
}

TEST(GetGDT) {
  struct table_pointer table;
  operations.GetGDT(&table);
  EXPECT(same(table, raw_gdt()), "differs from the register");
  return PASS;
}

TEST(GetLDT) {
  EXPECT(operations.GetLDT() == raw_ldt(), "differs from the register");
  return PASS;
}

TEST(GetIDT) {
  struct table_pointer table;
  operations.GetIDT(&table);
  EXPECT(same(table, raw_idt()), "differs from the register");
  return PASS;
}

TEST(GetTR) {
  EXPECT(operations.GetTR() == raw_task_register(), "differs from the register");
  return PASS;
}

TEST(WriteGDTEntry) {
  static const u32 words[] = {0x600D, 0xF00D};
  struct descriptor before = gdt()[THREAD_SELECTOR / 8];
  for (u32 i = 0; i < ARRAY_LENGTH(words); i++) {
    struct descriptor data = data_at(&words[i]);
    operations.WriteGDTEntry(gdt(), THREAD_SELECTOR / 8, data.low, data.high);
    EXPECT(word_through(THREAD_SELECTOR) == words[i], "the segment is not where the entry says");
  }
  operations.WriteGDTEntry(gdt(), THREAD_SELECTOR / 8, before.low, before.high);
  EXPECT(!memcmp(&gdt()[THREAD_SELECTOR / 8], &before, sizeof before), "memory does not hold what was written");
  return PASS;
}

TEST(WriteLDTEntry) {
  static struct descriptor table[3];
  operations.WriteLDTEntry(table, 1, 0x11111111, 0x22222222);
  EXPECT(table[1].low == 0x11111111 && table[1].high == 0x22222222, "memory does not hold what was written");
  EXPECT(!table[0].low && !table[0].high && !table[2].low && !table[2].high, "neighbours were written");
  return PASS;
}

TEST(WriteIDTEntry) {
  u32 target = (u32)test_interrupt, count = test_interrupts;
  struct descriptor *idt = (void *)raw_idt().base, before = idt[TEST_VECTOR];
  operations.WriteIDTEntry(idt, TEST_VECTOR, (target & 0xFFFF) | KERNEL_CODE << 16,
                           (target & 0xFFFF0000) | INTERRUPT_GATE);
  __asm__ volatile("int %0" ::"i"(TEST_VECTOR) : "memory");
  operations.WriteIDTEntry(idt, TEST_VECTOR, before.low, before.high);
  EXPECT(test_interrupts == count + 1, "the interrupt does not go where the entry says");
  EXPECT(!memcmp(&idt[TEST_VECTOR], &before, sizeof before), "memory does not hold what was written");
  return PASS;
}

TEST(UpdateKernelStack) {
  const struct descriptor *entry = &gdt()[TASK_SELECTOR / 8];
  const struct task_state *task =
      (void *)(entry->low >> 16 | (entry->high & 0xFF) << 16 | (entry->high & 0xFF000000));
  u32 stack = task->esp0;
  operations.UpdateKernelStack(KERNEL_DATA, stack);
  EXPECT(task->esp0 == stack && task->ss0 == KERNEL_DATA, "the task state is another");
  return PASS_SAYING("every switch of processes uses it");
}
