#include "string.h"

void *memcpy(void *to, const void *from, size_t length) {
  void *destination = to;
  size_t words = length / 4, bytes = length % 4;
  __asm__ volatile("rep movsl\n\tmov %3, %%ecx\n\trep movsb"
                   : "+D"(destination), "+S"(from), "+c"(words)
                   : "r"(bytes)
                   : "memory");
  return to;
}

void *memmove(void *to, const void *from, size_t length) {
  if ((uintptr_t)to - (uintptr_t)from >= length) return memcpy(to, from, length);
  u8 *destination = (u8 *)to + length;
  const u8 *source = (const u8 *)from + length;
  while (length--) *--destination = *--source;
  return to;
}

void *memset(void *to, int value, size_t length) {
  void *destination = to;
  size_t words = length / 4, bytes = length % 4;
  __asm__ volatile("rep stosl\n\tmov %2, %%ecx\n\trep stosb"
                   : "+D"(destination), "+c"(words)
                   : "r"(bytes), "a"((u8)value * 0x01010101u)
                   : "memory");
  return to;
}

int memcmp(const void *a, const void *b, size_t length) {
  const u8 *left = a, *right = b;
  for (; length; length--, left++, right++)
    if (*left != *right) return *left - *right;
  return 0;
}

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length]) length++;
  return length;
}

int strcmp(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t length) {
  for (; length; length--, a++, b++)
    if (*a != *b || !*a) return (u8)*a - (u8)*b;
  return 0;
}

const char *strchr(const char *text, int character) {
  for (;; text++) {
    if (*text == (char)character) return text;
    if (!*text) return NULL;
  }
}

void string_copy(char *to, const char *from, size_t size) {
  while (--size && *from) *to++ = *from++;
  *to = 0;
}
