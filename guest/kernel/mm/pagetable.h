/*
 * Two-level page tables. A directory is named by its physical address, as in CR3. An entry that holds a frame without
 * being present belongs to memory that may not be accessed for now.
 */
#pragma once
#include "types.h"

/* The kernel's own directory from now on; drops the identity mapping that boot needed. */
void page_directories_setup(u32 kernel_directory);

/* Tells a hypervisor that has just appeared which frames are the kernel's tables. */
void page_directories_announce(void);

/* Puts it into CR3 unless it is there. */
void page_directory_activate(u32 directory);
u32 page_directory_current(void);

/* A directory with the kernel's half and an empty user half; 0 when memory is used up. */
u32 page_directory_create(void);

/* Releases the directory, its user tables and every frame they map; the kernel's is used if it was in CR3. */
void page_directory_destroy(u32 directory);

/* The entry that maps `linear`, or NULL when there is no table for it (or, with `create`, no memory for one). */
u32 *page_entry(u32 directory, u32 linear, bool create);

/* Stores the entry that maps `linear`. One that was present needs tlb_invalidate afterwards. */
void page_entry_set(u32 directory, u32 linear, u32 *entry, u32 value);

/*
 * Maps `linear` to `frame` with PAGE_… `flags`, taking over the caller's reference. False when there is no memory for
 * a table.
 */
bool page_map(u32 directory, u32 linear, u32 frame, u32 flags);

/* Releases every frame mapped in [start, end). */
void page_unmap_range(u32 directory, u32 start, u32 end);

/* Takes PAGE_WRITABLE, or PAGE_PRESENT too, from every entry in [start, end). Giving them back is a fault's work. */
void page_protect_range(u32 directory, u32 start, u32 end, u32 taken);

/* Gives `to` every frame of `from` in [start, end), both read-only afterwards. False when memory is used up. */
bool page_share_range(u32 from, u32 to, u32 start, u32 end);
