/* Integer work: counts the primes below a limit with a sieve, several times over, and folds them into a checksum. */
#include "program.h"

enum { MAX_LIMIT = 1000000, DEFAULT_LIMIT = 200000, EXPECTED_COUNT = 17984, };

static u8 composite[MAX_LIMIT];

static u32 sieve(u32 limit, u32 *checksum) {
  u32 count = 0;
  memset(composite, 0, limit);
  for (u32 i = 2; i < limit; i++) {
    if (composite[i]) continue;
    count++;
    *checksum = (*checksum << 5 | *checksum >> 27) * 33 ^ i;
    for (u32 multiple = i * 2; multiple < limit; multiple += i) composite[multiple] = 1;
  }
  return count;
}

int main(int count, char **arguments) {
  u32 limit = parse_number(count > 1 ? arguments[1] : NULL, DEFAULT_LIMIT);
  u32 rounds = parse_number(count > 2 ? arguments[2] : NULL, 1), checksum = 0, primes = 0;
  if (limit > MAX_LIMIT) limit = MAX_LIMIT;
  while (rounds--) checksum = 0, primes = sieve(limit, &checksum);
  print("primes below %u: %u, checksum %08x\n", limit, primes, checksum);
  return limit == DEFAULT_LIMIT && primes != EXPECTED_COUNT;
}
