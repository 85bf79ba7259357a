#include "program.h"

static s32 count_input(s32 fd, const char *name) {
  static char buffer[4096];
  u32 lines = 0, words = 0, bytes = 0;
  bool inside = false;
  s32 length;
  while ((length = read(fd, buffer, sizeof buffer)) > 0) {
    bytes += (u32)length;
    for (s32 i = 0; i < length; i++) {
      bool blank = buffer[i] == ' ' || buffer[i] == '\n' || buffer[i] == '\t';
      lines += buffer[i] == '\n';
      words += !blank && !inside;
      inside = !blank;
    }
  }
  if (length < 0) return complain("wc", name, length);
  print("%u %u %u %s\n", lines, words, bytes, name);
  return 0;
}

int main(int count, char **arguments) {
  (void)count;
  return for_each_input("wc", arguments + 1, count_input);
}
