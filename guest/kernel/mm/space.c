#include "space.h"
#include "abi.h"
#include "frames.h"
#include "inode.h"
#include "layout.h"
#include "pagetable.h"
#include "privileged.h"
#include "string.h"

bool space_create(struct space *space) {
  *space = (struct space){.directory = page_directory_create()};
  return space->directory != 0;
}

static void area_remove(struct space *space, u32 index) {
  if (space->areas[index].inode) inode_release(space->areas[index].inode);
  space->area_count--;
  memmove(&space->areas[index], &space->areas[index + 1], (space->area_count - index) * sizeof(struct area));
}

static void area_insert(struct space *space, u32 index, struct area area) {
  memmove(&space->areas[index + 1], &space->areas[index], (space->area_count - index) * sizeof(struct area));
  space->areas[index] = area;
  space->area_count++;
  if (area.inode) inode_hold(area.inode);
}

void space_destroy(struct space *space) {
  while (space->area_count) area_remove(space, space->area_count - 1);
  page_directory_destroy(space->directory);
  space->directory = 0;
}

bool space_fork(struct space *child, const struct space *parent) {
  if (!space_create(child)) return false;
  child->break_start = parent->break_start;
  child->break_end = parent->break_end;
  for (u32 i = 0; i < parent->area_count; i++) {
    const struct area *area = &parent->areas[i];
    area_insert(child, i, *area);
    if (page_share_range(parent->directory, child->directory, area->start, area->end)) continue;
    space_destroy(child);
    return false;
  }
  return true;
}

void space_activate(const struct space *space) { page_directory_activate(space->directory); }

/* Cuts the area around `address` in two there, if there is one. False when there are too many areas. */
static bool area_split(struct space *space, u32 address) {
  for (u32 i = 0; i < space->area_count; i++) {
    struct area *area = &space->areas[i];
    if (address <= area->start || address >= area->end) continue;
    if (space->area_count == MAX_AREAS) return false;
    struct area upper = *area;
    upper.inode_offset += address - area->start;
    upper.start = area->end = address;
    area_insert(space, i + 1, upper);
    return true;
  }
  return true;
}

s32 space_unmap(struct space *space, u32 start, u32 end) {
  if (!area_split(space, start) || !area_split(space, end)) return -ENOMEM;
  for (u32 i = space->area_count; i-- > 0;)
    if (space->areas[i].start >= start && space->areas[i].end <= end) area_remove(space, i);
  page_unmap_range(space->directory, start, end);
  return 0;
}

static bool areas_join(const struct area *low, const struct area *high) {
  return low->end == high->start && low->protection == high->protection && !low->inode && !high->inode;
}

s32 space_map(struct space *space, const struct area *area) {
  s32 error = space_unmap(space, area->start, area->end);
  if (error) return error;
  u32 index = 0;
  while (index < space->area_count && space->areas[index].end <= area->start) index++;
  if (index > 0 && areas_join(&space->areas[index - 1], area)) {
    space->areas[index - 1].end = area->end;
    return 0;
  }
  if (index < space->area_count && areas_join(area, &space->areas[index])) {
    space->areas[index].start = area->start;
    return 0;
  }
  if (space->area_count == MAX_AREAS) return -ENOMEM;
  area_insert(space, index, *area);
  return 0;
}

s32 space_protect(struct space *space, u32 start, u32 end, u32 protection) {
  if (!area_split(space, start) || !area_split(space, end)) return -ENOMEM;
  for (u32 i = 0; i < space->area_count; i++) {
    struct area *area = &space->areas[i];
    if (area->start < start || area->end > end) continue;
    area->protection = protection;
    /* What is given is given by the first fault, which finds its area allowing it. */
    u32 taken = !protection ? PAGE_PRESENT | PAGE_WRITABLE : !(protection & PROT_WRITE) ? PAGE_WRITABLE : 0;
    if (taken) page_protect_range(space->directory, area->start, area->end, taken);
  }
  return 0;
}

u32 space_find(const struct space *space, u32 hint, u32 length) {
  u32 address = hint;
  for (u32 i = 0; i < space->area_count; i++) {
    const struct area *area = &space->areas[i];
    if (area->end <= address) continue;
    if (area->start >= address && area->start - address >= length) break;
    address = area->end;
  }
  return address < KERNEL_BASE && KERNEL_BASE - address >= length ? address : 0;
}

u32 space_break(struct space *space, u32 address) {
  u32 old_top = page_ceiling(space->break_end);
  if (address < space->break_start || address > USER_STACK_TOP - USER_STACK_SIZE) return space->break_end;
  u32 new_top = page_ceiling(address);
  if (new_top > old_top) {
    struct area area = {old_top, new_top, PROT_READ | PROT_WRITE, NULL, 0, 0};
    if (space_find(space, old_top, new_top - old_top) != old_top || space_map(space, &area)) return space->break_end;
  } else if (new_top < old_top && space_unmap(space, new_top, old_top)) {
    return space->break_end;
  }
  space->break_end = address;
  return address;
}

static struct area *area_of(struct space *space, u32 address) {
  for (u32 i = 0; i < space->area_count; i++)
    if (address >= space->areas[i].start && address < space->areas[i].end) return &space->areas[i];
  return NULL;
}

/* Copies what the area's file has for the page at `linear` into a fresh, zeroed frame. */
static void page_fill(const struct area *area, u32 linear, u32 frame) {
  s64 from = (s64)(s32)area->inode_offset + (linear - area->start), to = from + PAGE_SIZE;
  u8 *page = physical_to_virtual(frame);
  if (from < 0) page -= from, from = 0;
  if (to > area->inode_end) to = area->inode_end;
  if (from < to) area->inode->operations->read(area->inode, (u32)from, page, (u32)(to - from));
}

static enum fault_result page_fetch(struct space *space, const struct area *area, u32 linear) {
  u32 frame = frame_allocate_zeroed();
  if (!frame) return FAULT_NO_MEMORY;
  if (area->inode) page_fill(area, linear, frame);
  u32 flags = PAGE_PRESENT | (area->protection & PROT_WRITE ? PAGE_WRITABLE : 0);
  if (page_map(space->directory, linear, frame, flags)) return FAULT_RESOLVED;
  frame_release(frame);
  return FAULT_NO_MEMORY;
}

/* The page is there but read-only, and its area may be written. */
static enum fault_result page_unshare(const struct space *space, u32 *entry, u32 linear) {
  u32 frame = page_floor(*entry);
  if (frame_references(frame) > 1) {
    u32 copy = frame_allocate();
    if (!copy) return FAULT_NO_MEMORY;
    memcpy(physical_to_virtual(copy), physical_to_virtual(frame), PAGE_SIZE);
    frame_release(frame);
    frame = copy;
  }
  page_entry_set(space->directory, linear, entry, frame | PAGE_PRESENT | PAGE_USER | PAGE_WRITABLE);
  tlb_invalidate(linear);
  return FAULT_RESOLVED;
}

enum fault_result space_fault(struct space *space, u32 address, bool write) {
  struct area *area = area_of(space, address);
  if (!area || !(area->protection & (write ? PROT_WRITE : PROT_READ | PROT_EXEC | PROT_WRITE))) return FAULT_FORBIDDEN;
  u32 linear = page_floor(address), *entry = page_entry(space->directory, linear, false);
  if (!entry || !*entry) return page_fetch(space, area, linear);
  if (!(*entry & PAGE_PRESENT)) page_entry_set(space->directory, linear, entry, *entry | PAGE_PRESENT);
  if (write && !(*entry & PAGE_WRITABLE)) return page_unshare(space, entry, linear);
  return FAULT_RESOLVED;
}
