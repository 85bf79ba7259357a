/* A file of 8 KiB made, written, read and removed again. */
#include "program.h"

enum { SIZE = 8 << 10, PART = 2 << 10 };
static u32 data[SIZE / 4];

u32 work(u32 count, char **arguments) {
  (void)arguments;
  char path[32];
  u32 sum = 0;
  format_number(append(path, "/tmp/files"), (u32)getpid());
  for (u32 i = 0; i < count; i++) {
    data[i % (SIZE / 4)] = i;
    s32 fd = must("open", open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
    for (u32 at = 0; at < SIZE; at += PART) must("write", write(fd, (u8 *)data + at, PART));
    must("close", close(fd));
    fd = must("open", open(path, O_RDONLY, 0));
    for (u32 at = 0; at < SIZE; at += PART) must("read", read(fd, (u8 *)data + at, PART));
    must("close", close(fd));
    must("unlink", unlink(path));
    sum = mix(sum, data[i % (SIZE / 4)]);
  }
  return sum;
}
