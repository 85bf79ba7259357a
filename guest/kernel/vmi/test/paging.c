/* Page tables and the TLB. Pages are tried at one user address of the running process, where it has none itself. */
#include "frames.h"
#include "layout.h"
#include "pagetable.h"
#include "privileged.h"
#include "raw.h"
#include "string.h"
#include "test.h"
#include "trap.h"

enum {
  PLACE = 0x7F000000, HERE = PLACE | ENTRY_CURRENT,
  FLAGS = PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER, HARDWARE_BITS = 0x60, /* accessed, dirty */
  FRAMES = 3,
};

static u32 frames[FRAMES];
static u32 *entry;

static u32 *content(u32 which) { return physical_to_virtual(frames[which]); }
static u32 marker(u32 which) { return 0xA5000000 + which; }
static u32 value(u32 which) { return frames[which] | FLAGS; }
static bool holds(u32 expected) { return (*(volatile u32 *)entry & ~(u32)HARDWARE_BITS) == expected; }

/* What the place shows; 0 when nothing is mapped there. */
static u32 shown(void) {
  u32 word;
  return user_copy(&word, (const void *)PLACE, sizeof word) ? 0 : word;
}

static bool prepare(void) {
  for (u32 i = 0; i < FRAMES; i++) {
    frames[i] = frame_allocate_zeroed();
    if (!frames[i]) return false;
    *content(i) = marker(i);
  }
  entry = page_entry(page_directory_current(), PLACE, true);
  return entry != NULL;
}

static void tidy(void) {
  page_entry_set(page_directory_current(), PLACE, entry, 0);
  tlb_invalidate(PLACE);
  for (u32 i = 0; i < FRAMES; i++) frame_release(frames[i]);
}

/* A test with frames and an entry of its own. */
#define PAGING_TEST(name) \
  static struct verdict paging_##name(void); \
  TEST(name) { \
    EXPECT(prepare(), "no memory"); \
    struct verdict verdict = paging_##name(); \
    tidy(); \
    return verdict; \
  } \
  static struct verdict paging_##name(void)

PAGING_TEST(SetPxE) {
  operations.SetPxE(value(0), entry, PAGE_TABLE | HERE);
  EXPECT(holds(value(0)), "the entry is not in memory");
  EXPECT(shown() == marker(0), "a new page is not there");
  *(volatile u32 *)PLACE = 77;
  EXPECT(*content(0) == 77, "a store through the page is lost");
  *content(0) = marker(0);
  operations.SetPxE(value(1), entry, PAGE_TABLE | HERE);
  operations.InvalPage(PLACE);
  EXPECT(shown() == marker(1), "the page is still the old one");
  operations.SetPxE(value(2), entry, PAGE_TABLE | HERE | ENTRY_INVALIDATED_NEXT);
  EXPECT(holds(value(2)), "a deferred entry is not in memory");
  operations.InvalPage(PLACE);
  EXPECT(shown() == marker(2), "the page is still the old one after a deferred change");
  operations.SetPxE(value(0), entry, PAGE_TABLE | ENTRY_ELSEWHERE);
  operations.InvalPage(PLACE);
  EXPECT(shown() == marker(0), "the page is still the old one after a change without an address");
  operations.SetPxE(0, entry, PAGE_TABLE | HERE);
  operations.InvalPage(PLACE);
  EXPECT(*entry == 0 && shown() == 0, "the page is still there");
  return PASS;
}

PAGING_TEST(SetPxELong) {
  u64 *wide = (u64 *)content(2) + 1;
  operations.SetPxELong(0x1122334455667788ull, wide, PAGE_TABLE);
  EXPECT(*wide == 0x1122334455667788ull, "the entry is not in memory");
  EXPECT(*content(2) == marker(2) && content(2)[4] == 0, "neighbours were written");
  operations.SetPxELong(0, wide, PAGE_TABLE);
  EXPECT(*wide == 0, "the entry is not in memory");
  return PASS;
}

PAGING_TEST(UpdatePxE) {
  page_entry_set(page_directory_current(), PLACE, entry, value(0));
  EXPECT(shown() == marker(0), "the page is not there");
  *(volatile u32 *)entry = value(1);
  operations.UpdatePxE(entry, PAGE_TABLE | HERE);
  operations.InvalPage(PLACE);
  EXPECT(holds(value(1)), "the entry has changed");
  EXPECT(shown() == marker(1), "the page is still the old one");
  *(volatile u32 *)entry &= ~(u32)PAGE_PRESENT;
  operations.UpdatePxE(entry, PAGE_TABLE | HERE);
  operations.InvalPage(PLACE);
  EXPECT(shown() == 0, "the page is still there");
  return PASS;
}

PAGING_TEST(UpdatePxELong) {
  u64 *wide = (u64 *)content(2) + 1;
  *wide = 0x1122334455667788ull;
  operations.UpdatePxELong(wide, PAGE_TABLE);
  EXPECT(*wide == 0x1122334455667788ull, "the entry has changed");
  return PASS;
}

/* Two address spaces show different pages at the place, also after one was changed while the other was in use. */
static struct verdict spaces_switch(u32 first, u32 second) {
  for (u32 round = 0; round < 3; round++) {
    operations.SetCR3(first);
    EXPECT(raw_cr3() == first, "the register does not hold what was written");
    EXPECT(shown() == marker(0), "not the first space's page");
    operations.SetCR3(second);
    EXPECT(shown() == marker(1), "not the second space's page");
  }
  u32 *there = page_entry(first, PLACE, false);
  operations.SetPxE(value(2), there, PAGE_TABLE | ENTRY_ELSEWHERE);
  EXPECT(shown() == marker(1), "a change of the other space shows in this one");
  operations.SetCR3(first);
  EXPECT(shown() == marker(2), "a change made from outside does not show");
  operations.SetPxE(value(0), there, PAGE_TABLE | HERE);
  operations.InvalPage(PLACE);
  EXPECT(shown() == marker(0), "a change made from inside does not show");
  return PASS;
}

static bool space_with(u32 *directory, u32 which) {
  *directory = page_directory_create();
  if (!*directory || !page_map(*directory, PLACE, frames[which], FLAGS)) return false;
  frame_share(frames[which]);
  return true;
}

PAGING_TEST(SetCR3) {
  u32 home = raw_cr3(), first, second;
  EXPECT(space_with(&first, 0) && space_with(&second, 1), "no memory");
  struct verdict verdict = spaces_switch(first, second);
  operations.SetCR3(home);
  page_directory_destroy(first);
  page_directory_destroy(second);
  if (verdict.ok) EXPECT(raw_cr3() == home && shown() == 0, "back home there is a page of another space");
  return verdict;
}

/* Makes the table of the place anew, twice out of the same frame with data in it in between. */
static struct verdict table_lives(u32 table, u32 *directory_entry) {
  u32 *entries = physical_to_virtual(table), index = PLACE / PAGE_SIZE % PAGE_ENTRIES;
  for (u32 life = 0; life < 2; life++) {
    memset(entries, 0, PAGE_SIZE);
    page_table_announce(table);
    operations.SetPxE(value(life), entries + index, PAGE_TABLE | ENTRY_ELSEWHERE);
    operations.SetPxE(table | FLAGS, directory_entry, PAGE_DIRECTORY | HERE);
    operations.InvalPage(PLACE);
    EXPECT(shown() == marker(life), "the new table does not show its page");
    operations.SetPxE(0, directory_entry, PAGE_DIRECTORY | HERE);
    operations.FlushTLB(TLB_PROCESS);
    page_table_withdraw(table, PAGE_TABLE);
    EXPECT(shown() == 0, "a page of a withdrawn table is still there");
    memset(entries, 0x55, PAGE_SIZE);
    EXPECT(entries[index] == 0x55555555, "a withdrawn table cannot be written");
  }
  return PASS;
}

static struct verdict table_try(void) {
  u32 *directory_entry = (u32 *)physical_to_virtual(page_directory_current()) + PLACE / (PAGE_SIZE * PAGE_ENTRIES);
  u32 before = *directory_entry, table = frame_allocate();
  EXPECT(table, "no memory");
  struct verdict verdict = table_lives(table, directory_entry);
  operations.SetPxE(before, directory_entry, PAGE_DIRECTORY | HERE);
  operations.FlushTLB(TLB_PROCESS);
  frame_release(table);
  return verdict;
}

PAGING_TEST(AllocatePage) { return table_try(); }
PAGING_TEST(ReleasePage) { return table_try(); }

PAGING_TEST(InvalPage) {
  page_entry_set(page_directory_current(), PLACE, entry, value(0));
  EXPECT(shown() == marker(0), "the page is not there");
  *(volatile u32 *)entry = value(1); /* unannounced */
  operations.InvalPage(PLACE);
  EXPECT(shown() == marker(1), "the page is still the old one");
  return PASS;
}

PAGING_TEST(FlushTLB) {
  static const enum tlb_part parts[] = {TLB_PROCESS, TLB_ALL};
  for (u32 i = 0; i < ARRAY_LENGTH(parts); i++) {
    page_entry_set(page_directory_current(), PLACE, entry, value(0) | (i ? PAGE_GLOBAL : 0));
    operations.InvalPage(PLACE);
    EXPECT(shown() == marker(0), "the page is not there");
    u32 cr4 = raw_cr4();
    *(volatile u32 *)entry = value(1); /* unannounced */
    operations.FlushTLB(parts[i]);
    EXPECT(shown() == marker(1), i ? "a global page is still the old one" : "the page is still the old one");
    EXPECT(raw_cr4() == cr4, "CR4 has changed");
  }
  return PASS;
}

PAGING_TEST(SetLinearMapping) {
  for (u32 slot = 0; slot < 4; slot++) operations.SetLinearMapping(slot, KERNEL_BASE, frames_total(), 0);
  EXPECT(*content(0) == marker(0), "memory is not where it was");
  return PASS;
}

PAGING_TEST(SetLazyMode) {
  operations.SetLazyMode(LAZY_PAGE_TABLES);
  operations.SetPxE(value(0), entry, PAGE_TABLE | HERE);
  EXPECT(holds(value(0)), "the entry is not in memory");
  operations.SetPxE(value(1), entry, PAGE_TABLE | HERE);
  operations.SetLazyMode(LAZY_OFF);
  operations.InvalPage(PLACE);
  EXPECT(shown() == marker(1), "what was batched does not show");
  operations.SetLazyMode(LAZY_SWITCH);
  operations.SetCR3(raw_cr3());
  operations.SetLazyMode(LAZY_OFF);
  EXPECT(shown() == marker(1), "the page is gone");
  return PASS;
}

TEST(MachineToPhysical) {
  EXPECT(operations.MachineToPhysical(operations.PhysicalToMachine(1)) == 1, "not the inverse of PhysicalToMachine");
  return PASS;
}

TEST(PhysicalToMachine) { return test_MachineToPhysical(); }
