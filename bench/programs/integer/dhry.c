/* The kinds of statements that Dhrystone counts: records through pointers, strings, enumerations, many short calls. */
#include "program.h"

enum colour { RED, GREEN, BLUE, WHITE, BLACK };
struct record {
  struct record *partner;
  enum colour colour;
  s32 number;
  char name[31];
};

static struct record first, second;
static s32 global_number, numbers[50], table[50][50];
static char global_character;
static bool global_flag;

static NOINLINE bool same_letter(char a, char b) {
  char kept = a;
  if (kept != b) return false;
  global_character = kept;
  return true;
}

static NOINLINE s32 compare(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (u8)*a - (u8)*b;
}

static NOINLINE bool before(const char *a, const char *b) {
  u32 at = 2;
  while (at <= 2)
    if (same_letter(a[at], b[at + 1])) global_character = 'A', at++;
    else at += 1;
  return compare(a, b) > 0 && (global_number += 7, true);
}

static NOINLINE enum colour next_colour(enum colour colour, bool forced) {
  switch (colour) {
    case RED: return forced ? GREEN : RED;
    case GREEN: return global_number > 100 ? RED : WHITE;
    case BLUE: return GREEN;
    case WHITE: return BLACK;
    default: return BLUE;
  }
}

static NOINLINE void add(s32 a, s32 b, s32 *to) { *to = a + 2 + b; }

static NOINLINE void fill(s32 *row, s32 (*rows)[50], s32 at, s32 value) {
  s32 place = at + 5;
  row[place] = value, row[place + 1] = row[place], row[place + 30 - at] = place;
  for (s32 i = place; i <= place + 1; i++) rows[place][i] = place;
  rows[place][place - 1] += 1;
  rows[place + 20 - at][place] = row[place];
  global_number = 5;
}

static NOINLINE void follow(struct record *record) {
  struct record *partner = record->partner;
  *partner = first;
  record->number = 5;
  partner->number = record->number, partner->partner = record->partner;
  if (partner->colour == RED) {
    partner->number = 6;
    partner->colour = next_colour(record->colour, true);
    add(partner->number, 10, &partner->number);
  } else {
    *record = *record->partner;
  }
}

static NOINLINE void put(char *to, const char *text) {
  while ((*to++ = *text++)) {}
}

u32 work(u32 count, char **arguments) {
  (void)arguments;
  char one[31], two[31];
  u32 sum = 0;
  first = (struct record){&second, RED, 40, "A RECORD'S NAME, THE FIRST OF 2"};
  put(one, "A STRING IN THE MIX, FIRST");
  for (u32 i = 0; i < count; i++) {
    s32 a = 2, b = 3, c = 0;
    put(two, "A STRING IN THE MIX, SECOND");
    global_flag = !before(one, two);
    while (a < b) {
      c = 5 * a - b;
      add(a, b, &c);
      a++;
    }
    fill(numbers, table, a & 7, c);
    follow(&first);
    for (char letter = 'A'; letter <= 'C'; letter++)
      if (same_letter(letter, 'B')) second.colour = next_colour(second.colour, false);
    b *= a, a = b / c, b = 7 * (b - c) - a;
    sum = sum * 3 + (u32)(a + b + c + second.number + global_flag + global_character) + (u32)second.colour;
    first.partner = &second, first.colour = (enum colour)(i % 3);
  }
  return sum;
}
