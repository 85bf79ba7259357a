/* A VMI ROM in memory: an option ROM with VMI's fields (API 3.0). All offsets are from its start. */
#pragma once
#include "sites.h"

struct vmi_rom {
  u16 signature;
  u8 length, entry[4], pad;
  u32 vmi_signature;
  u8 api_minor, api_major, slots, reserved;
  u32 virtual_top; /* the lowest linear address that is the hypervisor's, or 0 */
  u16 reserved2, license, pci, pnp;
  u8 reserved3[100];
  u8 init[8], get_reloc[8]; /* code */
} __attribute__((packed));

struct vmi_rom_names {
  const char *manufacturer, *product;
  u8 major, minor; /* of the ROM itself */
};

/* The first usable ROM between C0000 and DFFFF, where it is mapped; says on the console why others are not. Or NULL. */
const struct vmi_rom *vmi_rom_find(void);

struct vmi_rom_names vmi_rom_names(const struct vmi_rom *rom);

/* Switches the processor over to the hypervisor. Interrupts are off. False: it refuses. */
bool vmi_rom_init(const struct vmi_rom *rom);

/* What it says of a call; any number may be asked for. */
struct vmi_relocation vmi_rom_relocation(const struct vmi_rom *rom, u32 call);
