#include "program.h"

int main(int count, char **arguments) {
  s32 worst = 0;
  (void)count;
  for (arguments++; *arguments; arguments++) {
    s32 error = mkdir(*arguments, 0755);
    if (error < 0) worst = complain("mkdir", *arguments, error);
  }
  return worst;
}
