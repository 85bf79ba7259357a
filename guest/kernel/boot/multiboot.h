/* The Multiboot 1 information structure, as far as the kernel reads it. All addresses are physical. */
#pragma once
#include "types.h"

#define MULTIBOOT_LOADER_MAGIC 0x2BADB002u

enum multiboot_flag {
  MULTIBOOT_MEMORY = 1 << 0, MULTIBOOT_COMMAND = 1 << 2, MULTIBOOT_MODULES = 1 << 3, MULTIBOOT_MAP = 1 << 6,
};

struct multiboot_info {
  u32 flags;
  u32 memory_lower, memory_upper; /* KB below 640 KB and from 1 MB up */
  u32 boot_device, command_line;
  u32 module_count, modules;
  u32 symbols[4];
  u32 map_length, map;
};

struct multiboot_module {
  u32 start, end, text, reserved;
};

struct multiboot_range {
  u32 size; /* of what follows it */
  u64 base, length;
  u32 type; /* 1: RAM */
} __attribute__((packed));
