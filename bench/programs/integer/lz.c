/* Dictionary compression with a hash of three bytes, and its inverse, over text made of words. */
#include "program.h"

enum { SIZE = 32 << 10, WINDOW = 8191, SHORTEST = 4, LONGEST = 66, SLOTS = 4096 };

static u8 text[SIZE], packed[SIZE * 2], unpacked[SIZE];
static u32 slots[SLOTS];

static void write_text(u32 seed) {
  u32 at = 0;
  while (at < SIZE) {
    u32 word = next_random(&seed) % 300, length = 2 + word % 9;
    for (u32 i = 0; i < length && at < SIZE; i++) text[at++] = (u8)('a' + (word * (i + 7) >> 3) % 26);
    if (at < SIZE) text[at++] = ' ';
  }
}

static u32 hash(const u8 *at) { return ((u32)at[0] << 16 ^ (u32)at[1] << 8 ^ at[2]) * 2654435761u >> 20; }

static u32 match(u32 candidate, u32 at) {
  u32 length = 0;
  while (length < LONGEST && at + length < SIZE && text[candidate + length] == text[at + length]) length++;
  return length;
}

/* A flag byte before each eight items: literal byte, or distance (two bytes) and length. */
static NOINLINE u32 compress(void) {
  u32 at = 0, end = 0, flags = 0, item = 8;
  memset(slots, 0, sizeof slots);
  while (at < SIZE) {
    if (item == 8) flags = end, packed[end++] = 0, item = 0;
    u32 length = 0, distance = 0;
    if (at + 3 <= SIZE) {
      u32 *slot = &slots[hash(text + at)];
      distance = at + 1 - *slot;
      if (*slot && distance <= WINDOW) length = match(*slot - 1, at);
      *slot = at + 1;
    }
    if (length >= SHORTEST) {
      packed[flags] |= (u8)(1 << item);
      packed[end++] = (u8)distance, packed[end++] = (u8)(distance >> 8), packed[end++] = (u8)length;
      at += length;
    } else {
      packed[end++] = text[at++];
    }
    item++;
  }
  return end;
}

static NOINLINE u32 expand(u32 length) {
  u32 at = 0, from = 0;
  while (from < length) {
    u8 flags = packed[from++];
    for (u32 item = 0; item < 8 && from < length; item++, flags >>= 1) {
      if (!(flags & 1)) {
        unpacked[at++] = packed[from++];
        continue;
      }
      u32 distance = packed[from] | (u32)packed[from + 1] << 8, end = at + packed[from + 2];
      for (from += 3; at < end; at++) unpacked[at] = unpacked[at - distance];
    }
  }
  return at;
}

u32 work(u32 count, char **arguments) {
  (void)arguments;
  u32 sum = 0;
  for (u32 i = 0; i < count; i++) {
    write_text(i % 4 + 1);
    u32 length = compress();
    if (expand(length) != SIZE) fail("expand", 0);
    for (u32 j = 0; j < SIZE; j++)
      if (text[j] != unpacked[j]) fail("compare", 0);
    sum = mix(sum, length);
  }
  return sum;
}
