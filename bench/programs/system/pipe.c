/* Bytes from one process to another through a pipe, 64 KiB a time. */
#include "program.h"

enum { BLOCK = 64 << 10 };
static u32 block[BLOCK / 4];

static void write_block(s32 fd, u32 number) {
  block[number % (BLOCK / 4)] = number;
  for (u32 at = 0; at < BLOCK;) at += (u32)must("write", write(fd, (u8 *)block + at, BLOCK - at));
}

static u32 read_block(s32 fd, u32 number) {
  for (u32 at = 0; at < BLOCK;) {
    s32 got = must("read", read(fd, (u8 *)block + at, BLOCK - at));
    if (!got) fail("end of pipe", 0);
    at += (u32)got;
  }
  return block[number % (BLOCK / 4)];
}

u32 work(u32 count, char **arguments) {
  (void)arguments;
  s32 ends[2];
  u32 sum = 0;
  must("pipe", pipe(ends));
  s32 writer = must("fork", fork());
  if (!writer) {
    for (u32 i = 0; i < count; i++) write_block(ends[1], i);
    exit(0);
  }
  for (u32 i = 0; i < count; i++) sum = mix(sum, read_block(ends[0], i));
  wait_for(writer);
  return sum;
}
