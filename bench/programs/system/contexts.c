/*
 * Processes that pass a byte round a ring of pipes. Between two passes each reads through an array of its own. The
 * arguments: processes, and KiB of each array.
 */
#include "program.h"

enum { MOST = 32 };
struct pipe_ends { s32 read, write; };

static struct pipe_ends pipes[MOST];

static u32 pass(s32 from, s32 to, const u32 *array, u32 words) {
  u8 byte = 0;
  u32 sum = 0;
  must("read", read(from, &byte, 1));
  for (u32 i = 0; i < words; i++) sum += array[i];
  must("write", write(to, &byte, 1));
  return sum;
}

u32 work(u32 count, char **arguments) {
  u32 processes = parse_number(arguments[0]), words = parse_number(arguments[1]) * 256, sum = 0;
  if (processes < 2 || processes > MOST) fail("processes", 0);
  u32 *array = words ? map_memory(words * 4, PROT_READ | PROT_WRITE) : NULL;
  for (u32 i = 0; i < words; i++) array[i] = i;
  for (u32 i = 0; i < processes; i++) must("pipe", pipe((s32 *)&pipes[i]));
  s32 children[MOST];
  for (u32 i = 1; i < processes; i++) {
    children[i] = must("fork", fork());
    if (children[i]) continue;
    for (u32 j = 0; j < words; j++) array[j] += i; /* pages of its own */
    for (u32 turn = 0; turn < count; turn++) sum += pass(pipes[i].read, pipes[(i + 1) % processes].write, array, words);
    exit(sum == 0xFFFFFFFF);
  }
  u8 byte = 0;
  must("write", write(pipes[1].write, &byte, 1));
  for (u32 turn = 1; turn < count; turn++) sum += pass(pipes[0].read, pipes[1].write, array, words);
  must("read", read(pipes[0].read, &byte, 1));
  for (u32 i = 1; i < processes; i++) wait_for(children[i]);
  return sum;
}
