#include "rtc.h"
#include "io.h"
#include "string.h"

enum {
  CMOS_INDEX = 0x70, CMOS_DATA = 0x71,
  SECONDS = 0, MINUTES = 2, HOURS = 4, DAY = 7, MONTH = 8, YEAR = 9, STATUS_A = 10, STATUS_B = 11,
  A_UPDATING = 0x80, B_BINARY = 4, B_24_HOURS = 2, HOURS_PM = 0x80,
  ATTEMPTS = 10000, /* an update takes 2 ms at most */
};

static const u8 fields[] = {SECONDS, MINUTES, HOURS, DAY, MONTH, YEAR};
enum { F_SECONDS, F_MINUTES, F_HOURS, F_DAY, F_MONTH, F_YEAR };

static u8 cmos_read(u8 index) {
  port_write8(CMOS_INDEX, index);
  return port_read8(CMOS_DATA);
}

static u32 from_bcd(u32 value) { return (value >> 4) * 10 + (value & 15); }

static void fields_read(u8 values[sizeof fields]) {
  for (u32 i = 0; i < sizeof fields; i++) values[i] = cmos_read(fields[i]);
}

/* Days since 1970-01-01 of a date in 1970 … 2099, where every fourth year is a leap year. */
static u32 days_since_1970(u32 year, u32 month, u32 day) {
  static const u16 before_month[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  u32 leap_days = (year - 1969) / 4;
  if (year % 4 == 0 && month > 2) leap_days++;
  return (year - 1970) * 365 + leap_days + before_month[(month - 1) % 12] + day - 1;
}

static u32 to_seconds(const u8 raw[sizeof fields], u8 status) {
  u32 values[sizeof fields];
  for (u32 i = 0; i < sizeof fields; i++) {
    u32 value = i == F_HOURS ? raw[i] & ~(u32)HOURS_PM : raw[i];
    values[i] = status & B_BINARY ? value : from_bcd(value);
  }
  if (!(status & B_24_HOURS)) values[F_HOURS] = values[F_HOURS] % 12 + (raw[F_HOURS] & HOURS_PM ? 12 : 0);
  u32 year = values[F_YEAR] + (values[F_YEAR] < 70 ? 2000 : 1900);
  u32 hours = days_since_1970(year, values[F_MONTH], values[F_DAY]) * 24 + values[F_HOURS];
  return (hours * 60 + values[F_MINUTES]) * 60 + values[F_SECONDS];
}

bool rtc_read(u32 *seconds) {
  u8 first[sizeof fields], second[sizeof fields];
  for (u32 attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (cmos_read(STATUS_A) & A_UPDATING) continue;
    /* An update may still begin in between; then the two differ. */
    fields_read(first);
    fields_read(second);
    if (memcmp(first, second, sizeof first)) continue;
    *seconds = to_seconds(first, cmos_read(STATUS_B));
    return true;
  }
  return false;
}
