/* CRC-32 (IEEE 802.3) with a table of 256 words. */
#include "program.h"

enum { SIZE = 64 << 10 };
static u32 table[256];
static u8 data[SIZE];

static u32 crc(u32 value, const u8 *from, u32 length) {
  value = ~value;
  while (length--) value = table[(value ^ *from++) & 0xFF] ^ value >> 8;
  return ~value;
}

u32 work(u32 count, char **arguments) {
  (void)arguments;
  for (u32 i = 0; i < 256; i++) {
    u32 value = i;
    for (u32 bit = 0; bit < 8; bit++) value = value >> 1 ^ (value & 1 ? 0xEDB88320u : 0);
    table[i] = value;
  }
  u32 seed = 1, sum = 0;
  for (u32 i = 0; i < SIZE; i++) data[i] = (u8)next_random(&seed);
  for (u32 i = 0; i < count; i++) sum = crc(sum, data, SIZE);
  return sum;
}
