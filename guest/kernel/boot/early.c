/*
 * Runs at physical addresses before paging: measures memory and builds page tables that map all of it at KERNEL_BASE.
 * Nothing here may call or touch what is linked in the higher half.
 */
#include "boot_info.h"
#include "layout.h"
#include "multiboot.h"
#include "raw.h"

enum { RAM_START = 0x100000, CPUID_PGE = 1 << 13, TABLE_SPAN = PAGE_ENTRIES * PAGE_SIZE };

struct boot_info early_info;
extern const char kernel_end[];

static u32 page_up(u32 address) { return (address + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1); }
static u32 later(u32 a, u32 b) { return a > b ? a : b; }

static void command_copy(const char *command) {
  for (u32 i = 0; command[i] && i < MAX_COMMAND - 1; i++) early_info.command[i] = command[i];
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

/* Takes [start, end) out of the free ranges; what it cuts in two stays in two pieces as long as there is room. */
static void range_exclude(u32 start, u32 end) {
  for (u32 i = early_info.range_count; i-- > 0;) {
    struct memory_range *range = &early_info.ranges[i];
    if (end <= range->start || start >= range->end) continue;
    struct memory_range above = {end, range->end};
    if (start > range->start) range->end = start;
    else *range = early_info.ranges[--early_info.range_count];
    if (above.start >= above.end || early_info.range_count == MAX_RANGES) continue;
    early_info.ranges[early_info.range_count++] = above;
  }
}

static void modules_take(const struct multiboot_info *info) {
  const struct multiboot_module *module = (const void *)info->modules;
  for (u32 i = 0; i < info->module_count && i < MAX_MODULES; i++, module++) {
    if (module->end < module->start || module->end > early_info.mapped_end) continue;
    early_info.modules[early_info.module_count++] = (struct memory_range){module->start, module->end};
    range_exclude(module->start & ~(PAGE_SIZE - 1), page_up(module->end));
  }
}

/* The lowest free range of that size, no longer free; without one, what follows the kernel. */
static u32 range_take(u32 bytes, u32 otherwise) {
  u32 best = ~0u;
  for (u32 i = 0; i < early_info.range_count; i++) {
    const struct memory_range *range = &early_info.ranges[i];
    if (range->end - range->start >= bytes && range->start < best) best = range->start;
  }
  if (best == ~0u) return otherwise;
  range_exclude(best, best + bytes);
  return best;
}

static u32 global_flag(void) {
  if (!cpuid_available()) return 0;
  u32 leaf = 1, features;
  __asm__("cpuid" : "+a"(leaf), "=d"(features)::"ebx", "ecx");
  return features & CPUID_PGE ? PAGE_GLOBAL : 0;
}

/* Maps physical 0 … mapped_end at KERNEL_BASE, and its first 4 MB at 0 as well until the jump is made. */
static void tables_build(u32 at) {
  u32 *directory = (u32 *)at, global = global_flag();
  for (u32 i = 0; i < PAGE_ENTRIES; i++) directory[i] = 0;
  for (u32 base = 0; base < early_info.mapped_end; base += TABLE_SPAN) {
    u32 *table = (u32 *)(at += PAGE_SIZE);
    for (u32 i = 0; i < PAGE_ENTRIES; i++) table[i] = (base + i * PAGE_SIZE) | PAGE_PRESENT | PAGE_WRITABLE | global;
    directory[(KERNEL_BASE + base) >> 22] = at | PAGE_PRESENT | PAGE_WRITABLE;
  }
  directory[0] = directory[KERNEL_BASE >> 22];
  early_info.directory = (u32)directory;
}

/* Returns what CR3 is to hold. */
u32 early_paging(u32 magic, const struct multiboot_info *info) {
  u32 kernel = (u32)kernel_end - KERNEL_BASE;
  early_info.mapped_end = kernel;
  if (magic == MULTIBOOT_LOADER_MAGIC) {
    early_info.valid = true;
    if (info->flags & MULTIBOOT_COMMAND) command_copy((const char *)info->command_line);
    if (info->flags & (MULTIBOOT_MAP | MULTIBOOT_MEMORY)) ranges_take(info);
    range_exclude(RAM_START, kernel);
    if (info->flags & MULTIBOOT_MODULES) modules_take(info);
  }
  /* Nothing of the loader's is read any more, except the modules. */
  u32 tables = (early_info.mapped_end + TABLE_SPAN - 1) / TABLE_SPAN;
  tables_build(range_take((1 + tables) * PAGE_SIZE, kernel));
  return early_info.directory;
}
