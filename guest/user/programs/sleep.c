#include "program.h"

int main(int count, char **arguments) {
  struct timespec time = {(s32)parse_number(count > 1 ? arguments[1] : NULL, 1), 0};
  return nanosleep(&time) < 0;
}
