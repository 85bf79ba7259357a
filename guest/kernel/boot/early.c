/*
 * Runs at physical addresses before paging: measures memory and builds page tables that map all of it at KERNEL_BASE.
 * Nothing here may call or touch what is linked in the higher half.
 */
#include "boot_info.h"
#include "layout.h"
#include "multiboot.h"
#include "privileged.h"

enum { RAM_START = 0x100000, CPUID_PGE = 1 << 13 };

struct boot_info early_info;
extern const char kernel_end[];

static u32 page_up(u32 address) { return (address + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1); }
static u32 later(u32 a, u32 b) { return a > b ? a : b; }

static u32 command_copy(const char *command) {
  u32 length = 0;
  for (; command[length] && length < MAX_COMMAND - 1; length++) early_info.command[length] = command[length];
  return (u32)command + length + 1;
}

/* Takes in the modules; returns the end of everything the loader put into memory and the kernel still reads. */
static u32 modules_take(const struct multiboot_info *info, u32 end) {
  const struct multiboot_module *module = (const void *)info->modules;
  for (u32 i = 0; i < info->module_count; i++, module++) {
    if (early_info.module_count < MAX_MODULES)
      early_info.modules[early_info.module_count++] = (struct memory_range){module->start, module->end};
    end = later(end, module->end);
  }
  return end;
}

static void range_add(u64 base, u64 limit) {
  if (base >= 0x100000000ull) return;
  if (limit > 0xFFFFF000u) limit = 0xFFFFF000u;
  if (limit <= base) return;
  early_info.ram_bytes += (u32)(limit - base);
  if (base < RAM_START) base = RAM_START;
  if (limit > DIRECT_MAP_SIZE) limit = DIRECT_MAP_SIZE;
  u32 start = page_up((u32)base), end = (u32)limit & ~(PAGE_SIZE - 1);
  if (start >= end || early_info.range_count == MAX_RANGES) return;
  early_info.ranges[early_info.range_count++] = (struct memory_range){start, end};
  early_info.mapped_end = later(early_info.mapped_end, end);
}

static void ranges_take(const struct multiboot_info *info) {
  if (!(info->flags & MULTIBOOT_MAP)) {
    range_add(0, (u64)info->memory_lower << 10);
    range_add(RAM_START, RAM_START + ((u64)info->memory_upper << 10));
    return;
  }
  for (u32 at = info->map; at < info->map + info->map_length;) {
    const struct multiboot_range *range = (const void *)at;
    if (range->type == 1) range_add(range->base, range->base + range->length);
    at += range->size + 4;
  }
}

/* Everything below `used` is taken. */
static void ranges_trim(u32 used) {
  u32 kept = 0;
  for (u32 i = 0; i < early_info.range_count; i++) {
    struct memory_range range = early_info.ranges[i];
    if (range.start < used) range.start = used;
    if (range.start < range.end) early_info.ranges[kept++] = range;
  }
  early_info.range_count = kept;
}

static u32 global_flag(void) {
  if (!cpuid_available()) return 0;
  u32 leaf = 1, features;
  __asm__("cpuid" : "+a"(leaf), "=d"(features)::"ebx", "ecx");
  return features & CPUID_PGE ? PAGE_GLOBAL : 0;
}

/*
 * Maps physical 0 … mapped_end at KERNEL_BASE, and its first 4 MB at 0 as well until the jump is made. Returns the end
 * of the tables.
 */
static u32 tables_build(u32 at) {
  u32 *directory = (u32 *)at, global = global_flag();
  at += PAGE_SIZE;
  for (u32 i = 0; i < PAGE_ENTRIES; i++) directory[i] = 0;
  for (u32 base = 0; base < early_info.mapped_end; base += PAGE_ENTRIES * PAGE_SIZE, at += PAGE_SIZE) {
    u32 *table = (u32 *)at;
    for (u32 i = 0; i < PAGE_ENTRIES; i++) table[i] = (base + i * PAGE_SIZE) | PAGE_PRESENT | PAGE_WRITABLE | global;
    directory[(KERNEL_BASE + base) >> 22] = at | PAGE_PRESENT | PAGE_WRITABLE;
  }
  directory[0] = directory[KERNEL_BASE >> 22];
  early_info.directory = (u32)directory;
  return at;
}

/* Returns what CR3 is to hold. */
u32 early_paging(u32 magic, const struct multiboot_info *info) {
  u32 used = (u32)kernel_end - KERNEL_BASE;
  early_info.mapped_end = used;
  if (magic == MULTIBOOT_LOADER_MAGIC) {
    early_info.valid = true;
    used = later(used, (u32)info + sizeof *info);
    if (info->flags & MULTIBOOT_COMMAND) used = later(used, command_copy((const char *)info->command_line));
    if (info->flags & MULTIBOOT_MODULES) used = modules_take(info, used);
    if (info->flags & (MULTIBOOT_MAP | MULTIBOOT_MEMORY)) ranges_take(info);
  }
  ranges_trim(tables_build(page_up(used)));
  return early_info.directory;
}
