/* Quicksort of records through a comparison function, as a C library has it. */
#include "program.h"

enum { LENGTH = 20000, SMALL = 8 };
struct record { u32 key, value; };
typedef s32 comparison(const void *, const void *);

static struct record records[LENGTH];

static NOINLINE s32 by_key(const void *a, const void *b) {
  u32 x = ((const struct record *)a)->key, y = ((const struct record *)b)->key;
  return x < y ? -1 : x > y;
}

static NOINLINE s32 by_value(const void *a, const void *b) {
  u32 x = ((const struct record *)a)->value, y = ((const struct record *)b)->value;
  return x < y ? -1 : x > y;
}

static void swap(struct record *a, struct record *b) {
  struct record kept = *a;
  *a = *b, *b = kept;
}

static void insertion(struct record *first, struct record *end, comparison *compare) {
  for (struct record *next = first + 1; next < end; next++)
    for (struct record *at = next; at > first && compare(at - 1, at) > 0; at--) swap(at - 1, at);
}

static NOINLINE void sort(struct record *first, struct record *end, comparison *compare) {
  while (end - first > SMALL) {
    struct record pivot = first[(end - first) / 2], *low = first, *high = end - 1;
    while (low <= high) {
      while (compare(low, &pivot) < 0) low++;
      while (compare(high, &pivot) > 0) high--;
      if (low <= high) swap(low++, high--);
    }
    sort(low, end, compare);
    end = high + 1;
  }
  insertion(first, end, compare);
}

u32 work(u32 count, char **arguments) {
  (void)arguments;
  u32 seed = 99, sum = 0;
  for (u32 i = 0; i < count; i++) {
    for (u32 j = 0; j < LENGTH; j++) records[j] = (struct record){next_random(&seed), next_random(&seed)};
    sort(records, records + LENGTH, by_key);
    sum = mix(sum, records[LENGTH / 3].value);
    sort(records, records + LENGTH, by_value);
    sum = mix(sum, records[LENGTH / 3].key);
  }
  return sum;
}
