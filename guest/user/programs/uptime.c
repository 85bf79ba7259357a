#include "program.h"

int main(void) {
  struct timespec now;
  struct system_info info;
  clock_gettime(CLOCK_MONOTONIC, &now);
  sysinfo(&info);
  u32 seconds = (u32)now.seconds;
  print("up %u:%02u:%02u.%02u, %u processes\n", seconds / 3600, seconds / 60 % 60, seconds % 60,
        (u32)now.nanoseconds / 10000000, (u32)info.processes);
  return 0;
}
