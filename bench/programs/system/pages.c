/* Address spaces: mappings made, touched and undone; pages touched for the first time; protection changed. */
#include "program.h"

enum { PAGE = 4096, LARGE = 4 << 20, SMALL = 1 << 20, STRIDE = 16 << 10 };

/* A large mapping of which every fourth page is used. */
static u32 map(u32 count, char **arguments) {
  (void)arguments;
  u32 sum = 0;
  for (u32 i = 0; i < count; i++) {
    u8 *memory = map_memory(LARGE, PROT_READ | PROT_WRITE);
    for (u32 at = 0; at < LARGE; at += STRIDE) memory[at] = (u8)(at >> 14);
    sum = mix(sum, memory[STRIDE * 3]);
    munmap(memory, LARGE);
  }
  return sum;
}

/* Every page of a mapping, first read, then written. */
static u32 fault(u32 count, char **arguments) {
  (void)arguments;
  u32 sum = 0;
  for (u32 i = 0; i < count; i++) {
    volatile u8 *memory = map_memory(SMALL, PROT_READ | PROT_WRITE);
    for (u32 at = 0; at < SMALL; at += PAGE) sum += memory[at];
    for (u32 at = 0; at < SMALL; at += PAGE) memory[at] = (u8)i;
    sum = mix(sum, memory[SMALL - PAGE]);
    munmap((void *)memory, SMALL);
  }
  return sum;
}

/* Protection of one page taken and given back, and the page written to. */
static u32 protect(u32 count, char **arguments) {
  (void)arguments;
  volatile u8 *memory = map_memory(16 * PAGE, PROT_READ | PROT_WRITE);
  u32 sum = 0;
  for (u32 i = 0; i < count; i++) {
    u8 *page = (u8 *)memory + (i & 15) * PAGE;
    must("mprotect", mprotect(page, PAGE, PROT_READ));
    sum += *(volatile u8 *)page;
    must("mprotect", mprotect(page, PAGE, PROT_READ | PROT_WRITE));
    *page = (u8)i;
  }
  return sum;
}

u32 work(u32 count, char **arguments) {
  static const struct variant variants[] = {{"map", map}, {"fault", fault}, {"protect", protect}};
  return choose(variants, ARRAY_LENGTH(variants), count, arguments);
}
