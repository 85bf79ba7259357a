/* Copies and fills of 4 MiB: by loops of words, by REP with doublewords, by REP with bytes. */
#include "program.h"

enum { SIZE = 4 << 20, WORDS = SIZE / 4 };
/* Between source and destination, which would otherwise meet in every direct-mapped table of pages. */
enum { GAP = 68 << 10 };

typedef void copy(void *to, const void *from);
typedef void fill(void *to, u32 value);

static void copy_words(void *to, const void *from) {
  u32 *t = to;
  const u32 *f = from;
  for (u32 i = 0; i < WORDS; i += 8) {
    t[i] = f[i], t[i + 1] = f[i + 1], t[i + 2] = f[i + 2], t[i + 3] = f[i + 3];
    t[i + 4] = f[i + 4], t[i + 5] = f[i + 5], t[i + 6] = f[i + 6], t[i + 7] = f[i + 7];
  }
}

static void fill_words(void *to, u32 value) {
  u32 *t = to;
  for (u32 i = 0; i < WORDS; i += 8)
    t[i] = t[i + 1] = t[i + 2] = t[i + 3] = t[i + 4] = t[i + 5] = t[i + 6] = t[i + 7] = value;
}

#define STRING_COPY(name, instruction, length) \
  static void name(void *to, const void *from) { \
    u32 count = length; \
    __asm__ volatile("rep " instruction : "+D"(to), "+S"(from), "+c"(count) : : "memory"); \
  }
#define STRING_FILL(name, instruction, length) \
  static void name(void *to, u32 value) { \
    u32 count = length; \
    __asm__ volatile("rep " instruction : "+D"(to), "+c"(count) : "a"(value) : "memory"); \
  }
STRING_COPY(movsd, "movsl", WORDS)
STRING_COPY(movsb, "movsb", SIZE)
STRING_FILL(stosd, "stosl", WORDS)
STRING_FILL(stosb, "stosb", SIZE)

static u32 run(u32 count, copy *copy, fill *fill) {
  u8 *from = map_memory(2 * SIZE + GAP, PROT_READ | PROT_WRITE), *to = from + SIZE + GAP;
  u32 sum = 0;
  for (u32 i = 0; i < count; i++) {
    fill(from, (i & 0xFF) * 0x01010101u);
    from[i % SIZE] = 0x55;
    copy(to, from);
    sum = mix(mix(sum, to[i % SIZE]), to[SIZE - 1]);
  }
  return sum;
}

static u32 loops(u32 count, char **arguments) { return (void)arguments, run(count, copy_words, fill_words); }
static u32 doublewords(u32 count, char **arguments) { return (void)arguments, run(count, movsd, stosd); }
static u32 bytes(u32 count, char **arguments) { return (void)arguments, run(count, movsb, stosb); }

u32 work(u32 count, char **arguments) {
  static const struct variant variants[] = {{"loops", loops}, {"doublewords", doublewords}, {"bytes", bytes}};
  return choose(variants, ARRAY_LENGTH(variants), count, arguments);
}
