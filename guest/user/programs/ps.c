#include "program.h"

int main(void) {
  static char buffer[4096];
  s32 fd = open("/proc/processes", O_RDONLY, 0), length;
  if (fd < 0) return complain("ps", "/proc/processes", fd);
  while ((length = read(fd, buffer, sizeof buffer)) > 0) write_all(STDOUT, buffer, (u32)length);
  return 0;
}
