/* The user half of an address space: areas that say what belongs where, filled page by page when touched. */
#pragma once
#include "types.h"

struct inode;

enum { MAX_AREAS = 32 };

struct area {
  u32 start, end; /* page-aligned */
  u32 protection; /* PROT_… */
  struct inode *inode; /* what fills it, or NULL: zeros */
  u32 inode_offset;    /* of `start`; may be "negative" by wrapping when a segment starts inside a page */
  u32 inode_end;       /* bytes from here on are zero */
};

struct space {
  u32 directory; /* physical */
  u32 break_start, break_end;
  u32 area_count;
  struct area areas[MAX_AREAS]; /* by address, not overlapping */
};

/* An empty space. False when memory is used up. */
bool space_create(struct space *space);
void space_destroy(struct space *space);

/* Makes `child` a copy of `parent`; pages are shared until one of them writes. False when memory is used up. */
bool space_fork(struct space *child, const struct space *parent);

/* Puts CR3 to it. */
void space_activate(const struct space *space);

/* Adds an area, dropping what was there; merges with its neighbours where it can. 0 or -ENOMEM. */
s32 space_map(struct space *space, const struct area *area);

/* 0 or -ENOMEM (too many pieces). */
s32 space_unmap(struct space *space, u32 start, u32 end);
s32 space_protect(struct space *space, u32 start, u32 end, u32 protection);

/* Where `length` bytes are free, from `hint` up; 0 when nowhere. */
u32 space_find(const struct space *space, u32 hint, u32 length);

/* Moves the break; returns where it is afterwards. */
u32 space_break(struct space *space, u32 address);

enum fault_result { FAULT_RESOLVED, FAULT_FORBIDDEN, FAULT_NO_MEMORY };

/* Makes `address` accessible if an area allows it. */
enum fault_result space_fault(struct space *space, u32 address, bool write);
