#include "program.h"

int main(void) {
  struct system_info info;
  if (sysinfo(&info) < 0) return 1;
  print("          total       used       free (KB)\n");
  print("Mem: %10u %10u %10u\n", info.total_ram / 1024, (info.total_ram - info.free_ram) / 1024, info.free_ram / 1024);
  return 0;
}
