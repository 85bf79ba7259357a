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

/* Whether any of a hundred sockets has something to read. None has, and none waits. */
static u32 select(u32 count, char **arguments) {
  (void)arguments;
  enum { SOCKETS = 100, SOCKET = 1, AF_INET = 2, SOCK_STREAM = 1 };
  const u32 kind[3] = {AF_INET, SOCK_STREAM, 0};
  u32 watched[32] = {0}, set[32], found = 0;
  s32 last = 0;
  for (u32 i = 0; i < SOCKETS; i++) {
    last = must("socket", system_call(SYS_socketcall, SOCKET, kind));
    watched[last / 32] |= 1u << last % 32;
  }
  for (u32 i = 0; i < count; i++) {
    u32 timeout[2] = {0, 0};
    memcpy(set, watched, sizeof set);
    found += (u32)must("select", system_call(SYS_newselect, last + 1, set, NULL, NULL, timeout));
  }
  return found;
}

u32 work(u32 count, char **arguments) {
  static const struct variant variants[] = {
      {"null", null}, {"io", io}, {"stat", stat}, {"open", open_close}, {"select", select},
  };
  return choose(variants, ARRAY_LENGTH(variants), count, arguments);
}
