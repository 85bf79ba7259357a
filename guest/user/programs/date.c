/* The time of day in UTC. */
#include "program.h"

/* Gregorian calendar date of a day counted from 1970-01-01. */
static void date_of(u32 days, u32 *year, u32 *month, u32 *day) {
  static const u8 lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (*year = 1970;; ++*year) {
    u32 length = *year % 4 == 0 && *year != 2100 ? 366 : 365;
    if (days < length) break;
    days -= length;
  }
  for (*month = 0;; ++*month) {
    u32 length = lengths[*month] + (*month == 1 && *year % 4 == 0 && *year != 2100);
    if (days < length) break;
    days -= length;
  }
  ++*month;
  *day = days + 1;
}

int main(void) {
  struct timespec now;
  u32 year, month, day;
  clock_gettime(CLOCK_REALTIME, &now);
  u32 seconds = (u32)now.seconds;
  date_of(seconds / 86400, &year, &month, &day);
  print("%u-%02u-%02u %02u:%02u:%02u UTC\n", year, month, day, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
  return 0;
}
