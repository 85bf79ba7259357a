#include "program.h"

const char *program_path;

u32 length_of(const char *text) {
  u32 length = 0;
  while (text[length]) length++;
  return length;
}

bool equal(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

u32 parse_number(const char *text) {
  u32 number = 0;
  while (*text >= '0' && *text <= '9') number = number * 10 + (u32)(*text++ - '0');
  return number;
}

char *format_number(char *to, u32 value) {
  char digits[10];
  u32 length = 0;
  do digits[length++] = (char)('0' + value % 10);
  while (value /= 10);
  while (length) *to++ = digits[--length];
  *to = 0;
  return to;
}

void *memcpy(void *to, const void *from, u32 length) {
  for (u32 i = 0; i < length; i++) ((u8 *)to)[i] = ((const u8 *)from)[i];
  return to;
}

void *memset(void *to, int value, u32 length) {
  for (u32 i = 0; i < length; i++) ((u8 *)to)[i] = (u8)value;
  return to;
}

char *append(char *to, const char *text) {
  while (*text) *to++ = *text++;
  *to = 0;
  return to;
}

void fail(const char *what, s32 result) {
  char line[128], *end = append(append(line, "failed "), what);
  end = format_number(append(end, " error="), (u32)-result);
  end = append(end, "\n");
  write(STDOUT, line, (u32)(end - line));
  exit(1);
}

s32 must(const char *what, s32 result) {
  if ((u32)result > 0xFFFFF000u) fail(what, result);
  return result;
}

void *map_memory(u32 length, u32 protection) {
  return (void *)must("mmap2", system_call(SYS_mmap2, 0, length, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

void wait_for(s32 pid) {
  s32 status;
  must("fork", pid);
  must("waitpid", waitpid(pid, &status, 0));
  if (status) fail("child", 0);
}

void beside(char *to, u32 size, const char *name) {
  u32 slash = length_of(program_path);
  while (slash && program_path[slash - 1] != '/') slash--;
  if (slash + length_of(name) >= size) fail("path", 0);
  memcpy(to, program_path, slash);
  append(to + slash, name);
}

u32 choose(const struct variant *variants, u32 length, u32 count, char **arguments) {
  for (u32 i = 0; *arguments && i < length; i++)
    if (equal(variants[i].name, *arguments)) return variants[i].work(count, arguments + 1);
  fail("variant", 0);
}
