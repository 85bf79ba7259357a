/* What every program is written against. */
#pragma once
#include "system.h"

/*
 * The program itself: does its work `count` times and returns a checksum of the results. `arguments` are the words
 * between the program's name and the count, then NULL.
 */
u32 work(u32 count, char **arguments);

/* The program's own path, as it was started. */
extern const char *program_path;

/* For programs that do several things: the one whose name is the first argument. */
struct variant {
  const char *name;
  u32 (*work)(u32 count, char **arguments);
};
u32 choose(const struct variant *variants, u32 length, u32 count, char **arguments);

/* Ends the program with a complaint; `result` is a system call's, and negative. */
void __attribute__((noreturn)) fail(const char *what, s32 result);
/* `result`, unless it is an error number: the program then fails. */
s32 must(const char *what, s32 result);

/* Fresh zeroed memory; fails when there is none. */
void *map_memory(u32 length, u32 protection);
/* Waits for a child, which must end well. */
void wait_for(s32 pid);
/* A path in the directory that this program lies in. */
void beside(char *to, u32 size, const char *name);

u32 length_of(const char *text);
bool equal(const char *a, const char *b);
u32 parse_number(const char *text);
/* Decimal digits of `value` with a zero behind them; the end. `to` has room for 11. */
char *format_number(char *to, u32 value);
/* Copies `text` with a zero behind it; where that zero lies. */
char *append(char *to, const char *text);
void *memcpy(void *to, const void *from, u32 length);
void *memset(void *to, int value, u32 length);

/* One step of a checksum: FNV-1a over words. */
static inline u32 mix(u32 sum, u32 value) { return (sum ^ value) * 16777619u; }

/* The next number of a fixed random sequence (xorshift); the state must not be 0. */
static inline u32 next_random(u32 *state) {
  u32 x = *state;
  x ^= x << 13, x ^= x >> 17, x ^= x << 5;
  return *state = x;
}
