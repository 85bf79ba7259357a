/*
 * Frames are handed out in order from the ranges the loader reported; those that came back are reused first, linked
 * through their own first word. So nothing is touched at boot that is not used.
 */
#include "frames.h"
#include "layout.h"
#include "string.h"

static struct memory_range ranges[MAX_RANGES];
static u32 range_count, range_current;
static u32 returned; /* head of the list of returned frames */
static u32 total, available;
static u16 *references; /* one a frame of the direct map */

static void references_place(u32 mapped_end) {
  u32 bytes = page_ceiling(mapped_end / PAGE_SIZE * sizeof *references);
  for (u32 i = 0; i < range_count; i++) {
    if (ranges[i].end - ranges[i].start < bytes) continue;
    references = physical_to_virtual(ranges[i].start);
    ranges[i].start += bytes;
    memset(references, 0, bytes);
    return;
  }
}

void frames_setup(const struct boot_info *info) {
  range_count = info->range_count;
  memcpy(ranges, info->ranges, sizeof ranges);
  references_place(info->mapped_end);
  for (u32 i = 0; i < range_count; i++) total += (ranges[i].end - ranges[i].start) / PAGE_SIZE;
  available = references ? total : 0;
}

static u32 take(void) {
  if (returned) {
    u32 frame = returned;
    returned = *(u32 *)physical_to_virtual(frame);
    return frame;
  }
  while (range_current < range_count && ranges[range_current].start == ranges[range_current].end) range_current++;
  u32 frame = ranges[range_current].start;
  ranges[range_current].start += PAGE_SIZE;
  return frame;
}

u32 frame_allocate(void) {
  if (!available) return 0;
  available--;
  u32 frame = take();
  references[frame / PAGE_SIZE] = 1;
  return frame;
}

u32 frame_allocate_zeroed(void) {
  u32 frame = frame_allocate();
  if (frame) memset(physical_to_virtual(frame), 0, PAGE_SIZE);
  return frame;
}

void frame_share(u32 frame) { references[frame / PAGE_SIZE]++; }

void frame_release(u32 frame) {
  if (--references[frame / PAGE_SIZE]) return;
  *(u32 *)physical_to_virtual(frame) = returned;
  returned = frame;
  available++;
}

u32 frame_references(u32 frame) { return references[frame / PAGE_SIZE]; }
u32 frames_total(void) { return total; }
u32 frames_free(void) { return available; }
