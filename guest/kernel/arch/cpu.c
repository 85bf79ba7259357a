#include "cpu.h"
#include "format.h"
#include "privileged.h"
#include "raw.h"
#include "string.h"

enum cpuid_leaf {
  LEAF_VENDOR = 0, LEAF_FEATURES = 1, LEAF_EXTENDED = 0x80000000, LEAF_BRAND = 0x80000002,
  LEAF_BRAND_LAST = 0x80000004,
};

u32 cpu_features(void) {
  if (!cpuid_available()) return 0;
  u32 registers[4];
  cpuid_execute(LEAF_FEATURES, registers);
  return registers[3];
}

static bool brand_read(char brand[49]) {
  u32 registers[4];
  cpuid_execute(LEAF_EXTENDED, registers);
  if (registers[0] < LEAF_BRAND_LAST) return false;
  for (u32 part = 0; part < 3; part++) cpuid_execute(LEAF_BRAND + part, (u32 *)(brand + 16 * part));
  brand[48] = 0;
  return true;
}

void cpu_describe(char *buffer, size_t size) {
  if (!cpuid_available()) {
    string_copy(buffer, "without CPUID", size);
    return;
  }
  u32 registers[4], signature;
  char vendor[13], brand[49];
  cpuid_execute(LEAF_VENDOR, registers);
  memcpy(vendor, &registers[1], 4);
  memcpy(vendor + 4, &registers[3], 4);
  memcpy(vendor + 8, &registers[2], 4);
  vendor[12] = 0;
  cpuid_execute(LEAF_FEATURES, registers);
  signature = registers[0];
  const char *name = brand;
  if (!brand_read(brand)) name = "";
  while (*name == ' ') name++;
  format_string(buffer, size, "%s family %u model %u stepping %u%s%s", vendor,
                (signature >> 8 & 15) + ((signature >> 8 & 15) == 15 ? signature >> 20 & 255 : 0),
                (signature >> 4 & 15) | (signature >> 12 & 0xF0), signature & 15, *name ? ", " : "", name);
}

void cpu_setup(void) {
  cr0_write(cr0_read() | CR0_WP);
  if (cpu_features() & CPU_PGE) cr4_write(cr4_read() | CR4_PGE);
}
