/* MD5 (RFC 1321) of files or standard input. */
#include "program.h"

struct digest {
  u32 state[4];
  u64 length;
  u8 block[64];
};

/* floor(2^32 * abs(sin(i + 1))) */
static const u32 sines[64] = {
    0xD76AA478, 0xE8C7B756, 0x242070DB, 0xC1BDCEEE, 0xF57C0FAF, 0x4787C62A, 0xA8304613, 0xFD469501,
    0x698098D8, 0x8B44F7AF, 0xFFFF5BB1, 0x895CD7BE, 0x6B901122, 0xFD987193, 0xA679438E, 0x49B40821,
    0xF61E2562, 0xC040B340, 0x265E5A51, 0xE9B6C7AA, 0xD62F105D, 0x02441453, 0xD8A1E681, 0xE7D3FBC8,
    0x21E1CDE6, 0xC33707D6, 0xF4D50D87, 0x455A14ED, 0xA9E3E905, 0xFCEFA3F8, 0x676F02D9, 0x8D2A4C8A,
    0xFFFA3942, 0x8771F681, 0x6D9D6122, 0xFDE5380C, 0xA4BEEA44, 0x4BDECFA9, 0xF6BB4B60, 0xBEBFBC70,
    0x289B7EC6, 0xEAA127FA, 0xD4EF3085, 0x04881D05, 0xD9D4D039, 0xE6DB99E5, 0x1FA27CF8, 0xC4AC5665,
    0xF4292244, 0x432AFF97, 0xAB9423A7, 0xFC93A039, 0x655B59C3, 0x8F0CCC92, 0xFFEFF47D, 0x85845DD1,
    0x6FA87E4F, 0xFE2CE6E0, 0xA3014314, 0x4E0811A1, 0xF7537E82, 0xBD3AF235, 0x2AD7D2BB, 0xEB86D391,
};

static const u8 shifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static u32 rotate(u32 value, u32 count) { return value << count | value >> (32 - count); }

static void block_add(u32 state[4], const u8 block[64]) {
  u32 words[16], a = state[0], b = state[1], c = state[2], d = state[3];
  memcpy(words, block, sizeof words);
  for (u32 i = 0; i < 64; i++) {
    u32 mix, word;
    switch (i / 16) {
      case 0: mix = (b & c) | (~b & d), word = i; break;
      case 1: mix = (d & b) | (~d & c), word = 5 * i + 1; break;
      case 2: mix = b ^ c ^ d, word = 3 * i + 5; break;
      default: mix = c ^ (b | ~d), word = 7 * i;
    }
    u32 turned = rotate(a + mix + sines[i] + words[word % 16], shifts[i / 16][i % 4]);
    a = d, d = c, c = b, b += turned;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
}

static void digest_add(struct digest *digest, const u8 *data, u32 length) {
  u32 filled = (u32)digest->length % 64;
  digest->length += length;
  while (length) {
    u32 part = 64 - filled < length ? 64 - filled : length;
    memcpy(digest->block + filled, data, part);
    data += part, length -= part, filled += part;
    if (filled == 64) block_add(digest->state, digest->block), filled = 0;
  }
}

static void digest_finish(struct digest *digest) {
  static const u8 padding[64] = {0x80};
  u64 bits = digest->length * 8;
  digest_add(digest, padding, (119 - (u32)digest->length % 64) % 64 + 1);
  digest_add(digest, (const u8 *)&bits, 8);
}

static s32 sum(s32 fd, const char *name) {
  static u8 buffer[4096];
  struct digest digest = {.state = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476}};
  s32 length;
  while ((length = read(fd, buffer, sizeof buffer)) > 0) digest_add(&digest, buffer, (u32)length);
  if (length < 0) return complain("md5sum", name, length);
  digest_finish(&digest);
  const u8 *bytes = (const u8 *)digest.state;
  for (u32 i = 0; i < 16; i++) print("%02x", bytes[i]);
  print("  %s\n", name);
  return 0;
}

int main(int count, char **arguments) {
  (void)count;
  return for_each_input("md5sum", arguments + 1, sum);
}
