#include "program.h"

int main(int count, char **arguments) {
  s32 worst = 0;
  (void)count;
  for (arguments++; *arguments; arguments++) {
    s32 error = unlink(*arguments);
    if (error < 0) worst = complain("rm", *arguments, error);
  }
  return worst;
}
