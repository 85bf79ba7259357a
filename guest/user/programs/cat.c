#include "program.h"

static s32 copy(s32 fd, const char *name) {
  static char buffer[4096];
  s32 length;
  while ((length = read(fd, buffer, sizeof buffer)) > 0)
    if (!write_all(STDOUT, buffer, (u32)length)) return 1;
  return length < 0 ? complain("cat", name, length) : 0;
}

int main(int count, char **arguments) {
  (void)count;
  return for_each_input("cat", arguments + 1, copy);
}
