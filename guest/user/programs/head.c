/* head [-n LINES | -c BYTES] [FILE...] */
#include "program.h"

static u32 limit = 10;
static bool by_bytes;

static s32 copy(s32 fd, const char *name) {
  static char buffer[4096];
  u32 left = limit;
  while (left) {
    s32 length = read(fd, buffer, by_bytes && left < sizeof buffer ? left : sizeof buffer), used = 0;
    if (length < 0) return complain("head", name, length);
    if (length == 0) break;
    if (by_bytes) left -= (u32)length, used = length;
    else
      while (used < length && left) left -= buffer[used++] == '\n';
    if (!write_all(STDOUT, buffer, (u32)used)) return 1;
  }
  return 0;
}

int main(int count, char **arguments) {
  arguments++;
  if (count > 2 && (!strcmp(arguments[0], "-n") || !strcmp(arguments[0], "-c"))) {
    by_bytes = arguments[0][1] == 'c';
    limit = parse_number(arguments[1], limit);
    arguments += 2;
  }
  return for_each_input("head", arguments, copy);
}
