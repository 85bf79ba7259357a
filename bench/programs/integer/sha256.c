/* SHA-256 (FIPS 180-4) of a buffer, its result being part of the next round's input. */
#include "program.h"

enum { SIZE = 16 << 10 };

static const u32 K[64] = {
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
};

static u8 data[SIZE];
static u32 state[8];

static inline u32 rotate(u32 x, u32 by) { return x >> by | x << (32 - by); }

static void block(const u8 *from) {
  u32 w[64], v[8];
  for (u32 i = 0; i < 16; i++, from += 4)
    w[i] = (u32)from[0] << 24 | (u32)from[1] << 16 | (u32)from[2] << 8 | from[3];
  for (u32 i = 16; i < 64; i++) {
    u32 s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
    u32 s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  for (u32 i = 0; i < 8; i++) v[i] = state[i];
  for (u32 i = 0; i < 64; i++) {
    u32 s1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
    u32 t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + K[i] + w[i];
    u32 s0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
    u32 t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
    v[7] = v[6], v[6] = v[5], v[5] = v[4], v[4] = v[3] + t1;
    v[3] = v[2], v[2] = v[1], v[1] = v[0], v[0] = t1 + t2;
  }
  for (u32 i = 0; i < 8; i++) state[i] += v[i];
}

u32 work(u32 count, char **arguments) {
  (void)arguments;
  u32 seed = 7;
  for (u32 i = 0; i < SIZE; i++) data[i] = (u8)next_random(&seed);
  for (u32 i = 0; i < 8; i++) state[i] = 0x6A09E667 + i;
  for (u32 i = 0; i < count; i++) {
    for (u32 at = 0; at < SIZE; at += 64) block(data + at);
    data[i % SIZE] ^= (u8)state[i & 7];
  }
  return state[0] ^ state[7];
}
