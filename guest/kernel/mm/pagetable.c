#include "pagetable.h"
#include "frames.h"
#include "layout.h"
#include "privileged.h"
#include "string.h"

enum { FIRST_KERNEL_ENTRY = KERNEL_BASE >> 22, TABLE_SPAN = PAGE_SIZE * PAGE_ENTRIES };

static u32 kernel_directory;

static u32 *table_at(u32 directory_entry) { return physical_to_virtual(page_floor(directory_entry)); }

void page_directories_setup(u32 directory) {
  kernel_directory = directory;
  page_entry_write(physical_to_virtual(directory), 0, 0, PAGE_DIRECTORY);
  tlb_flush();
}

u32 page_directory_kernel(void) { return kernel_directory; }

u32 page_directory_create(void) {
  u32 directory = frame_allocate_zeroed();
  if (!directory) return 0;
  u32 *entries = physical_to_virtual(directory), *kernel = physical_to_virtual(kernel_directory);
  u32 bytes = (PAGE_ENTRIES - FIRST_KERNEL_ENTRY) * sizeof *entries;
  memcpy(entries + FIRST_KERNEL_ENTRY, kernel + FIRST_KERNEL_ENTRY, bytes);
  page_table_announce(directory, PAGE_DIRECTORY);
  return directory;
}

void page_directory_destroy(u32 directory) {
  page_unmap_range(directory, 0, KERNEL_BASE);
  u32 *entries = physical_to_virtual(directory);
  for (u32 i = 0; i < FIRST_KERNEL_ENTRY; i++) {
    if (!entries[i]) continue;
    page_table_withdraw(page_floor(entries[i]), PAGE_TABLE);
    frame_release(page_floor(entries[i]));
  }
  page_table_withdraw(directory, PAGE_DIRECTORY);
  frame_release(directory);
}

u32 *page_entry(u32 directory, u32 linear, bool create) {
  u32 *entry = (u32 *)physical_to_virtual(directory) + (linear >> 22);
  if (!*entry) {
    u32 table = create ? frame_allocate_zeroed() : 0;
    if (!table) return NULL;
    page_table_announce(table, PAGE_TABLE);
    u32 first = linear & ~(TABLE_SPAN - 1);
    page_entry_write(entry, table | PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER, first, PAGE_DIRECTORY);
  }
  return table_at(*entry) + (linear / PAGE_SIZE) % PAGE_ENTRIES;
}

bool page_map(u32 directory, u32 linear, u32 frame, u32 flags) {
  u32 *entry = page_entry(directory, linear, true);
  if (!entry) return false;
  page_entry_write(entry, frame | flags | PAGE_USER, linear, PAGE_TABLE);
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
  if (directory == cr3_read()) tlb_invalidate(linear);
}

static bool unmap(u32 *entry, u32 linear, void *directory) {
  u32 frame = page_floor(*entry);
  page_entry_write(entry, 0, linear, PAGE_TABLE);
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
  page_entry_write(entry, *entry & ~protection->taken, linear, PAGE_TABLE);
  invalidate_if_current(protection->directory, linear);
  return true;
}

static bool share(u32 *entry, u32 linear, void *to) {
  u32 frame = page_floor(*entry);
  if (*entry & PAGE_WRITABLE) page_entry_write(entry, *entry & ~PAGE_WRITABLE, linear, PAGE_TABLE);
  if (!page_map((u32)to, linear, frame, *entry & PAGE_PRESENT)) return false;
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
  bool complete = entries_visit(from, start, end, share, (void *)to);
  if (from == cr3_read()) tlb_flush();
  return complete;
}
