/* Single system calls: none to speak of, input and output of a byte, stat, open and close. */
#include "program.h"

static u32 null(u32 count, char **arguments) {
  (void)arguments;
  for (u32 i = 0; i < count; i++) getppid();
  return count;
}

static u32 io(u32 count, char **arguments) {
  (void)arguments;
  u8 byte = 0;
  s32 out = must("open", open("/dev/null", O_WRONLY, 0));
  for (u32 i = 0; i < count; i++) must("write", write(out, &byte, 1));
  return count;
}

static u32 stat(u32 count, char **arguments) {
  (void)arguments;
  struct status status;
  for (u32 i = 0; i < count; i++) must("stat64", stat64("/dev/null", &status));
  return count;
}

static u32 open_close(u32 count, char **arguments) {
  (void)arguments;
  for (u32 i = 0; i < count; i++) must("close", close(must("open", open("/dev/null", O_RDONLY, 0))));
  return count;
}

u32 work(u32 count, char **arguments) {
  static const struct variant variants[] = {{"null", null}, {"io", io}, {"stat", stat}, {"open", open_close}};
  return choose(variants, ARRAY_LENGTH(variants), count, arguments);
}
