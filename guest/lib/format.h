/* printf-style formatting into whatever takes characters, and the one division libgcc would be needed for. */
#pragma once
#include "types.h"

typedef void (*character_sink)(void *context, char character);

/*
 * %d %u %x %o %c %s %%, with flags '-' and '0', a width and the ignored modifier 'l'. Returns the number of characters
 * produced.
 */
int format_to(character_sink sink, void *context, const char *format, va_list arguments);

/* Formats with truncation; the result always ends in NUL. Returns the length of what was stored. */
int format_string(char *buffer, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Quotient and remainder of 64 by 32 bits: two DIVs, as the quotient may need 64 bits itself. */
static inline u64 divide_u64(u64 dividend, u32 divisor, u32 *remainder) {
  u32 high = (u32)(dividend >> 32), low = (u32)dividend, rest = high % divisor;
  high /= divisor;
  __asm__("divl %4" : "=a"(low), "=d"(rest) : "0"(low), "1"(rest), "rm"(divisor) : "cc");
  if (remainder) *remainder = rest;
  return (u64)high << 32 | low;
}
