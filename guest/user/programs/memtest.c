/* Touches pages: heap, anonymous mappings and stack, each checked; protection must kill. */
#include "program.h"

enum { PAGE = 4096, DEFAULT_KILOBYTES = 4096, STACK_KILOBYTES = 256 };

static u32 failures;

static void expect(bool condition, const char *what) {
  if (condition) return;
  print("memtest: %s\n", what);
  failures++;
}

static void pages_check(u32 start, u32 bytes, const char *what) {
  bool zero = true, kept = true;
  for (u32 at = start; at < start + bytes; at += PAGE) {
    zero &= *(u32 *)at == 0;
    *(u32 *)at = at ^ 0x5A5A5A5A;
  }
  for (u32 at = start; at < start + bytes; at += PAGE) kept &= *(u32 *)at == (at ^ 0x5A5A5A5A);
  expect(zero, what);
  expect(kept, what);
}

static void heap_check(u32 bytes) {
  u32 start = brk(0);
  expect(brk(start + bytes) == start + bytes, "brk");
  pages_check(start, bytes, "heap");
  brk(start);
  brk(start + PAGE);
  expect(*(u32 *)start == 0, "heap given back and taken again");
}

static void mapping_check(u32 bytes) {
  u32 start = map_anonymous(bytes, PROT_READ | PROT_WRITE);
  expect(!is_error(start), "mmap");
  pages_check(start, bytes, "mapping");
  expect(munmap(start + PAGE, PAGE) == 0, "munmap of the middle");
  expect(*(u32 *)(start + 2 * PAGE) != 0, "what is behind it");
  munmap(start, bytes);
}

static u32 __attribute__((noinline)) stack_check(u32 kilobytes) {
  volatile u8 block[1024];
  block[0] = (u8)kilobytes;
  return kilobytes ? stack_check(kilobytes - 1) + (block[0] == (u8)kilobytes) : 0;
}

/* A child does something that must kill it. */
static void death_check(void (*act)(u32 address), u32 address, const char *what) {
  s32 status = 0, pid = fork();
  if (pid == 0) {
    close(STDERR);
    act(address);
    exit(0);
  }
  waitpid(pid, &status, 0);
  expect(status == SIGSEGV, what);
}

static void store(u32 address) { *(volatile u32 *)address = 1; }
static void load(u32 address) { (void)*(volatile u32 *)address; }

int main(int count, char **arguments) {
  u32 bytes = parse_number(count > 1 ? arguments[1] : NULL, DEFAULT_KILOBYTES) * 1024;
  heap_check(bytes);
  mapping_check(bytes);
  expect(stack_check(STACK_KILOBYTES) == STACK_KILOBYTES, "stack");
  u32 page = map_anonymous(PAGE, PROT_READ | PROT_WRITE);
  store(page);
  mprotect(page, PAGE, PROT_READ);
  death_check(store, page, "write to read-only memory");
  death_check(load, 0, "null pointer");
  death_check(load, 0xC0100000, "kernel memory");
  death_check(store, (u32)main, "write to code");
  mprotect(page, PAGE, 0);
  death_check(load, page, "read of forbidden memory");
  mprotect(page, PAGE, PROT_READ | PROT_WRITE);
  expect(*(u32 *)page == 1, "what was there before it was forbidden");
  store(page);
  expect(write(STDOUT, (void *)0xC0100000, 4) == -EFAULT, "write from kernel memory");
  expect(write(STDOUT, (void *)0x30000000, 4) == -EFAULT, "write from nowhere");
  print("memtest: %u KB, %s\n", bytes / 1024, failures ? "FAILED" : "ok");
  return failures != 0;
}
