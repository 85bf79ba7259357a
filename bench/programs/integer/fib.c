/* Recursion: nothing but calls and returns. */
#include "program.h"

static NOINLINE u32 fib(u32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

u32 work(u32 count, char **arguments) {
  (void)arguments;
  u32 sum = 0;
  for (u32 i = 0; i < count; i++) sum = mix(sum, fib(24 + (i & 1)));
  return sum;
}
