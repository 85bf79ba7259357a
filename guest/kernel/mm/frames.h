/* Physical page frames, counted by reference. All addresses are physical and page-aligned; 0 is no frame. */
#pragma once
#include "boot_info.h"

void frames_setup(const struct boot_info *info);

/* A frame with one reference, contents unknown; 0 when memory is used up. */
u32 frame_allocate(void);

/* The same, filled with zeros. */
u32 frame_allocate_zeroed(void);

void frame_share(u32 frame);
void frame_release(u32 frame);
u32 frame_references(u32 frame);

/* In frames. */
u32 frames_total(void);
u32 frames_free(void);
