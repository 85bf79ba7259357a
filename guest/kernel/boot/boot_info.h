/* What early.c found out, for the kernel proper. Addresses are physical. */
#pragma once
#include "types.h"

enum { MAX_RANGES = 16, MAX_MODULES = 4, MAX_COMMAND = 1024 };

struct memory_range {
  u32 start, end;
};

struct boot_info {
  bool valid;     /* a Multiboot loader started us */
  u32 directory;  /* the kernel's page directory */
  u32 ram_bytes;  /* RAM the board has below 4 GB */
  u32 mapped_end; /* end of what is mapped from KERNEL_BASE up */
  u32 range_count, module_count;
  struct memory_range ranges[MAX_RANGES]; /* free RAM above 1 MB and above all that is in use, page-aligned */
  struct memory_range modules[MAX_MODULES];
  char command[MAX_COMMAND];
};

/* Lives in .boot; the kernel reads it through the direct map: boot_information(). */
extern struct boot_info early_info;
