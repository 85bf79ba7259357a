/* 64-bit arithmetic in 32-bit registers: modular powers, division, shifts, rotations. */
#include "program.h"

static u64 power(u64 base, u32 exponent, u32 modulus) {
  u64 result = 1;
  for (base %= modulus; exponent; exponent >>= 1, base = base * base % modulus)
    if (exponent & 1) result = result * base % modulus;
  return result;
}

static NOINLINE u64 scramble(u64 x) {
  x ^= x >> 30, x *= 0xBF58476D1CE4E5B9ull;
  x ^= x >> 27, x *= 0x94D049BB133111EBull;
  return x ^ x >> 31;
}

u32 work(u32 count, char **arguments) {
  (void)arguments;
  u64 state = 1, sum = 0;
  for (u32 i = 0; i < count; i++) {
    for (u32 j = 0; j < 100; j++) {
      state += 0x9E3779B97F4A7C15ull;
      u64 value = scramble(state);
      sum += value << (value & 31) | value >> 40;
      sum ^= (u64)((s64)value >> 5) - (value < sum);
    }
    sum += power(state, (u32)sum, 4294967291u) + sum / (state >> 33 | 1);
  }
  return (u32)sum ^ (u32)(sum >> 32);
}
