#include "pagetable.h"
#include "frames.h"
#include "layout.h"
#include "privileged.h"
#include "string.h"

enum { FIRST_KERNEL_ENTRY = KERNEL_BASE >> 22, TABLE_SPAN = PAGE_SIZE * PAGE_ENTRIES };

static u32 kernel_directory, current_directory;

static u32 *table_at(u32 directory_entry) { return physical_to_virtual(page_floor(directory_entry)); }

/* Where page_entry_write finds what maps `linear` in `directory`. */
static u32 place(u32 directory, u32 linear) {
  return directory == current_directory ? page_floor(linear) | ENTRY_CURRENT : ENTRY_ELSEWHERE;
}

void page_directories_setup(u32 directory) {
  kernel_directory = current_directory = directory;
  page_entry_write(physical_to_virtual(directory), 0, PAGE_DIRECTORY, ENTRY_CURRENT);
  tlb_flush();
}

void page_directories_announce(void) {
  const u32 *entries = physical_to_virtual(kernel_directory);
  for (u32 i = FIRST_KERNEL_ENTRY; i < PAGE_ENTRIES; i++)
    if (entries[i]) page_table_confess(page_floor(entries[i]), PAGE_TABLE);
  page_table_confess(kernel_directory, PAGE_DIRECTORY);
}

void page_directory_activate(u32 directory) {
  if (directory == current_directory) return;
  current_directory = directory;
  cr3_write(directory);
}

u32 page_directory_current(void) { return current_directory; }

u32 page_directory_create(void) {
  u32 directory = frame_allocate_zeroed();
  if (!directory) return 0;
  u32 *entries = physical_to_virtual(directory), *kernel = physical_to_virtual(kernel_directory);
  u32 count = PAGE_ENTRIES - FIRST_KERNEL_ENTRY;
  memcpy(entries + FIRST_KERNEL_ENTRY, kernel + FIRST_KERNEL_ENTRY, count * sizeof *entries);
  page_directory_announce(directory, kernel_directory, FIRST_KERNEL_ENTRY, count);
  return directory;
}

/* Nothing is announced of the single entries: nobody translates through a table that is being withdrawn. */
static void table_destroy(u32 table) {
  const u32 *entries = physical_to_virtual(table);
  for (u32 i = 0; i < PAGE_ENTRIES; i++)
    if (entries[i]) frame_release(page_floor(entries[i]));
  page_table_withdraw(table, PAGE_TABLE);
  frame_release(table);
}

void page_directory_destroy(u32 directory) {
  if (directory == current_directory) page_directory_activate(kernel_directory);
  const u32 *entries = physical_to_virtual(directory);
  for (u32 i = 0; i < FIRST_KERNEL_ENTRY; i++)
    if (entries[i]) table_destroy(page_floor(entries[i]));
  page_table_withdraw(directory, PAGE_DIRECTORY);
  frame_release(directory);
}

u32 *page_entry(u32 directory, u32 linear, bool create) {
  u32 *entry = (u32 *)physical_to_virtual(directory) + (linear >> 22);
  if (!*entry) {
    u32 table = create ? frame_allocate_zeroed() : 0;
    if (!table) return NULL;
    page_table_announce(table);
    u32 where = place(directory, linear & ~(TABLE_SPAN - 1));
    page_entry_write(entry, table | PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER, PAGE_DIRECTORY, where);
  }
  return table_at(*entry) + (linear / PAGE_SIZE) % PAGE_ENTRIES;
}

void page_entry_set(u32 directory, u32 linear, u32 *entry, u32 value) {
  page_entry_write(entry, value, PAGE_TABLE, place(directory, linear));
}

bool page_map(u32 directory, u32 linear, u32 frame, u32 flags) {
  u32 *entry = page_entry(directory, linear, true);
  if (!entry) return false;
  page_entry_set(directory, linear, entry, frame | flags | PAGE_USER);
  return true;
}

typedef bool (*visitor)(u32 *entry, u32 linear, void *context);

/* Calls `visit` for every entry that holds a frame in [start, end). False as soon as it says so. */
static bool entries_visit(u32 directory, u32 start, u32 end, visitor visit, void *context) {
  for (u32 linear = start; linear < end;) {
    u32 *entry = page_entry(directory, linear, false);
    if (!entry) {
      linear = (linear & ~(TABLE_SPAN - 1)) + TABLE_SPAN;
      continue;
    }
    do {
      if (*entry && !visit(entry, linear, context)) return false;
      entry++, linear += PAGE_SIZE;
    } while (linear < end && linear % TABLE_SPAN);
  }
  return true;
}

static void invalidate_if_current(u32 directory, u32 linear) {
  if (directory == current_directory) tlb_invalidate(linear);
}

static bool unmap(u32 *entry, u32 linear, void *directory) {
  u32 frame = page_floor(*entry);
  page_entry_write(entry, 0, PAGE_TABLE, place((u32)directory, linear) | ENTRY_INVALIDATED_NEXT);
  invalidate_if_current((u32)directory, linear);
  frame_release(frame);
  return true;
}

struct protection {
  u32 directory, taken;
};

static bool protect(u32 *entry, u32 linear, void *context) {
  const struct protection *protection = context;
  if (!(*entry & protection->taken)) return true;
  u32 where = place(protection->directory, linear) | ENTRY_INVALIDATED_NEXT;
  page_entry_clear(entry, protection->taken, PAGE_TABLE, where);
  invalidate_if_current(protection->directory, linear);
  return true;
}

struct sharing {
  u32 from, to;
};

static bool share(u32 *entry, u32 linear, void *context) {
  const struct sharing *sharing = context;
  u32 frame = page_floor(*entry);
  if (*entry & PAGE_WRITABLE) page_entry_clear(entry, PAGE_WRITABLE, PAGE_TABLE, place(sharing->from, linear));
  if (!page_map(sharing->to, linear, frame, *entry & PAGE_PRESENT)) return false;
  frame_share(frame);
  return true;
}

void page_unmap_range(u32 directory, u32 start, u32 end) {
  entries_visit(directory, start, end, unmap, (void *)directory);
}

void page_protect_range(u32 directory, u32 start, u32 end, u32 taken) {
  entries_visit(directory, start, end, protect, &(struct protection){directory, taken});
}

bool page_share_range(u32 from, u32 to, u32 start, u32 end) {
  lazy_begin(LAZY_PAGE_TABLES);
  bool complete = entries_visit(from, start, end, share, &(struct sharing){from, to});
  lazy_end();
  if (from == current_directory) tlb_flush();
  return complete;
}
