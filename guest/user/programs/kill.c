#include "program.h"

int main(int count, char **arguments) {
  if (count < 2) return complain("kill", "PID", EINVAL);
  s32 error = kill((s32)parse_number(arguments[1], 0), SIGTERM);
  return error < 0 ? complain("kill", arguments[1], error) : 0;
}
