/* The sieve of Eratosthenes over bytes: two tight loops with strided stores. */
#include "program.h"

enum { LIMIT = 200000 };
static u8 composite[LIMIT];

static u32 primes(void) {
  u32 found = 0;
  memset(composite, 0, LIMIT);
  for (u32 n = 2; n < LIMIT; n++) {
    if (composite[n]) continue;
    found++;
    for (u32 multiple = 2 * n; multiple < LIMIT; multiple += n) composite[multiple] = 1;
  }
  return found;
}

u32 work(u32 count, char **arguments) {
  (void)arguments;
  u32 sum = 0;
  for (u32 i = 0; i < count; i++) sum = mix(sum, primes());
  return sum;
}
