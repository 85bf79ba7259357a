/* The disk: all of it read, a part written and read again past the kernel's cache. */
#include "workload.h"

enum { BLOCK = 8192, WRITTEN_FROM = 1 << 20, WRITTEN_BLOCKS = 96, BLKFLSBUF = 0x1261 };

static u8 block[BLOCK];

static u32 read_blocks(s32 fd, u32 from, u32 most) {
  u32 sum = 2166136261u;
  must("lseek", system_call(SYS_lseek, fd, from, 0));
  for (u32 i = 0; i < most; i++) {
    s32 count = must("read", read(fd, block, BLOCK));
    if (!count) break;
    sum = checksum_of(sum, block, (u32)count);
  }
  return sum;
}

u32 run_disk(const char *disk) {
  u32 state = 99;
  s32 fd = must("open", open(disk, O_RDWR, 0));
  u32 sum = read_blocks(fd, 0, ~0u);
  must("lseek", system_call(SYS_lseek, fd, WRITTEN_FROM, 0));
  for (u32 i = 0; i < WRITTEN_BLOCKS; i++) {
    for (u32 at = 0; at < BLOCK; at += sizeof(u32)) *(u32 *)(block + at) = next_random(&state);
    write_all(fd, block, BLOCK);
  }
  must("fsync", system_call(SYS_fsync, fd));
  must("BLKFLSBUF", system_call(SYS_ioctl, fd, BLKFLSBUF, 0));
  sum = mix(sum, read_blocks(fd, WRITTEN_FROM, WRITTEN_BLOCKS));
  must("close", close(fd));
  return mix(sum, read_blocks(must("open", open(disk, O_RDWR, 0)), 0, ~0u));
}
