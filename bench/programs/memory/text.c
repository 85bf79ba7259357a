/* Byte loops over strings: length, comparison, search, and the same by the string instructions without REP. */
#include "program.h"

enum { SIZE = 16 << 10 };
static char text[SIZE], other[SIZE];

static NOINLINE u32 count_words(const char *at) {
  u32 words = 0;
  for (bool inside = false; *at; at++) {
    if (*at != ' ' && !inside) words++;
    inside = *at != ' ';
  }
  return words;
}

static NOINLINE u32 hash(const char *at) {
  u32 value = 5381;
  while (*at) value = value * 33 + (u8)*at++;
  return value;
}

static NOINLINE void upper(char *to, const char *from) {
  do *to++ = *from >= 'a' && *from <= 'z' ? (char)(*from - 32) : *from;
  while (*from++);
}

static NOINLINE u32 sum_by_lods(const char *from, u32 length) {
  u32 sum = 0, value = 0;
  __asm__ volatile(
      "1: lodsb\n\t"
      "add %%eax, %[sum]\n\t"
      "dec %[length]\n\t"
      "jnz 1b"
      : [sum] "+r"(sum), [length] "+r"(length), "+S"(from), "+a"(value)
      :
      : "memory", "cc");
  return sum;
}

static NOINLINE u32 position_by_scas(const char *from, char wanted, u32 length) {
  u32 left = length;
  __asm__ volatile("repne scasb" : "+D"(from), "+c"(left) : "a"(wanted) : "memory", "cc");
  return length - left;
}

u32 work(u32 count, char **arguments) {
  (void)arguments;
  u32 seed = 5, sum = 0;
  for (u32 i = 0; i < SIZE - 1; i++) {
    u32 value = next_random(&seed) >> 8;
    text[i] = value % 6 ? (char)('a' + value % 26) : ' ';
  }
  for (u32 i = 0; i < count; i++) {
    text[i % (SIZE - 1)] = '!';
    upper(other, text);
    sum = mix(sum, count_words(other) + length_of(text));
    sum = mix(sum, hash(text) + sum_by_lods(other, SIZE));
    sum = mix(sum, position_by_scas(text, '!', SIZE) + (u32)equal(text, other));
  }
  return sum;
}
