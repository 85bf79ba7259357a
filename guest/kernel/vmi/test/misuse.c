/* What no sane kernel does: the kernel gets its fault, or nothing happens. */
#include "attempt.h"
#include "frames.h"
#include "layout.h"
#include "pagetable.h"
#include "privileged.h"
#include "raw.h"
#include "string.h"
#include "test.h"
#include "vmi.h"

enum {
  OPCODE_CALL = 0xE8, OPCODE_RET = 0xC3, OPCODE_NOP = 0x90,
  NOWHERE = 0xFFFFE000 /* linear, never mapped */, NO_FRAME = 0xFFFFE,
};

TEST(unknown_calls) {
  static const u32 numbers[] = {VMI_CALLS, 255, 0x80000000, ~0u};
  if (!vmi_rom()) return PASS_SAYING("there is nobody to ask");
  for (u32 i = 0; i < ARRAY_LENGTH(numbers); i++)
    EXPECT(vmi_rom_relocation(vmi_rom(), numbers[i]).type == VMI_NONE, "a number beyond the last has an answer");
  return PASS;
}

/* A site of the tests' own: `call target`, then RET. */
static u8 site[] = {OPCODE_CALL, 0, 0, 0, 0, OPCODE_NOP, OPCODE_RET};

static void site_patch(u32 target, u32 bytes) {
  u32 distance = target - (u32)&site[5];
  site[0] = OPCODE_CALL;
  memcpy(&site[1], &distance, bytes);
  raw_serialize();
}

static void site_run(void *unused) {
  (void)unused;
  void (*run)(void) = (void *)site;
  run();
}

TEST(patched_twice) {
  for (u32 round = 0; round < 3; round++) {
    site_patch((u32)operations.EnableInterrupts, 4);
    site_run(NULL);
    EXPECT(raw_flags() & EFLAGS_IF, "the site does not reach EnableInterrupts");
    site_patch((u32)operations.DisableInterrupts, 4);
    site_run(NULL);
    EXPECT(!(raw_flags() & EFLAGS_IF), "the site does not reach DisableInterrupts");
  }
  return PASS;
}

/* The new displacement's high bytes are there, the low ones not yet: the call goes nowhere. */
TEST(patched_half) {
  site_patch((u32)operations.DisableInterrupts, 4);
  site_run(NULL);
  u8 whole[sizeof site];
  memcpy(whole, site, sizeof whole);
  site_patch(NOWHERE, 4);
  memcpy(&site[1], &whole[1], 1);
  raw_serialize();
  EXPECT(!attempt(site_run, NULL), "a call to nowhere returns");
  EXPECT(attempt_fault.vector == VECTOR_PAGE_FAULT, "a call to nowhere raises the wrong exception");
  EXPECT(page_floor(attempt_fault.eip) >= page_floor(NOWHERE - 0x100), "the fault is not where the call went");
  memcpy(site, whole, sizeof whole);
  raw_serialize();
  irq_enable();
  site_run(NULL);
  EXPECT(!(raw_flags() & EFLAGS_IF), "the mended site does not reach DisableInterrupts");
  return PASS;
}

static void entry_at(void *at) { operations.SetPxE(0, at, PAGE_TABLE); }
static void wide_entry_at(void *at) { operations.SetPxELong(0, at, PAGE_TABLE); }
static void descriptor_at(void *at) { operations.WriteGDTEntry(at, 0, 0, 0); }
static void table_from(void *at) { operations.SetGDT(at); }
static void table_to(void *at) { operations.GetGDT(at); }

TEST(wild_pointers) {
  static void (*const users[])(void *) = {entry_at, wide_entry_at, descriptor_at, table_from, table_to};
  static const u32 places[] = {0, NOWHERE, ~0u - 2};
  struct table_pointer before = raw_gdt();
  for (u32 user = 0; user < ARRAY_LENGTH(users); user++)
    for (u32 place = 0; place < ARRAY_LENGTH(places); place++) {
      EXPECT(!attempt(users[user], (void *)places[place]), "a pointer to nowhere is accepted");
      EXPECT(attempt_fault.vector == VECTOR_PAGE_FAULT, "a pointer to nowhere raises the wrong exception");
    }
  struct table_pointer after = raw_gdt();
  EXPECT(!memcmp(&before, &after, sizeof before), "a table was loaded from nowhere");
  return PASS;
}

/* A page-table call names a frame without memory behind it, or one that never was a table. */
TEST(no_memory) {
  u32 frame = frame_allocate();
  EXPECT(frame, "no memory");
  operations.AllocatePage(NO_FRAME, PAGE_TABLE | TABLE_ZEROED, 0, 0, 0);
  operations.AllocatePage(NO_FRAME, PAGE_DIRECTORY | TABLE_COPIED, NO_FRAME, PAGE_ENTRIES - 1, PAGE_ENTRIES);
  operations.ReleasePage(NO_FRAME, PAGE_TABLE);
  operations.ReleasePage(frame / PAGE_SIZE, PAGE_DIRECTORY);
  operations.AllocatePage(frame / PAGE_SIZE, PAGE_TABLE, 0, 0, 0);
  operations.AllocatePage(frame / PAGE_SIZE, PAGE_DIRECTORY, 0, 0, 0);
  operations.ReleasePage(frame / PAGE_SIZE, PAGE_TABLE);
  operations.SetLinearMapping(~0u, NOWHERE, ~0u, ~0u);
  operations.FlushTLB(~0u);
  operations.SetLazyMode(~0u);
  operations.SetLazyMode(LAZY_OFF);
  operations.InvalPage(NOWHERE);
  u32 *word = physical_to_virtual(frame);
  *word = 4711;
  EXPECT(*(volatile u32 *)word == 4711, "memory cannot be written afterwards");
  frame_release(frame);
  return PASS;
}
