#include "program.h"

int main(void) {
  print("Hello from ring 3, process %d\n", getpid());
  return 0;
}
