#include "rom.h"
#include "console.h"
#include "layout.h"
#include "string.h"

enum {
  SEARCH_START = 0xC0000, SEARCH_END = 0xE0000, SEARCH_STEP = 0x800,
  ROM_SIGNATURE = 0xAA55, VMI_SIGNATURE = 0x696D5663 /* "cVmi" */, API_MAJOR = 3,
};

struct pci_data {
  char signature[4];
  u16 vendor, device, product_data, length;
  u8 revision, class[3];
  u16 chunks;
  u8 version_minor, version_major, type, last;
} __attribute__((packed));

struct plug_and_play {
  char signature[4];
  u8 revision, size;
  u16 next, reserved;
  u32 device;
  u16 manufacturer, product;
} __attribute__((packed));

_Static_assert(offsetof(struct vmi_rom, license) == 0x16 && offsetof(struct vmi_rom, init) == 0x80, "VMI ROM header");
_Static_assert(offsetof(struct pci_data, version_minor) == 18, "PCI data structure");
_Static_assert(offsetof(struct plug_and_play, manufacturer) == 14, "PnP expansion header");

/* The string at an offset; what does not end before the ROM area does is none. */
static const char *text_at(const struct vmi_rom *rom, u32 offset) {
  const char *text = (const char *)rom + offset, *end = physical_to_virtual(SEARCH_END);
  if (!offset) return "";
  for (const char *at = text; at < end; at++)
    if (!*at) return text;
  return "";
}

/* Why the kernel cannot use it; NULL when it can. */
static const char *objection(const struct vmi_rom *rom) {
  if (rom->api_major != API_MAJOR) return "another version of the interface";
  if (!rom->pci) return "no PCI header";
  const char *license = text_at(rom, rom->license);
  if (strcmp(license, "GPL") && strcmp(license, "GPL v2")) return "a licence other than the GPL";
  return NULL;
}

const struct vmi_rom *vmi_rom_find(void) {
  for (u32 base = SEARCH_START; base < SEARCH_END; base += SEARCH_STEP) {
    const struct vmi_rom *rom = physical_to_virtual(base);
    if (rom->signature != ROM_SIGNATURE || rom->vmi_signature != VMI_SIGNATURE) continue;
    const char *why = objection(rom);
    if (!why) return rom;
    print("vmi: ROM at %05x not used: %s\n", base, why);
  }
  return NULL;
}

struct vmi_rom_names vmi_rom_names(const struct vmi_rom *rom) {
  const struct pci_data *pci = (const void *)((const u8 *)rom + rom->pci);
  struct vmi_rom_names names = {"", "", pci->version_major, pci->version_minor};
  if (!rom->pnp) return names;
  const struct plug_and_play *header = (const void *)((const u8 *)rom + rom->pnp);
  names.manufacturer = text_at(rom, header->manufacturer);
  names.product = text_at(rom, header->product);
  return names;
}

bool vmi_rom_init(const struct vmi_rom *rom) {
  u32 (*init)(void) = (void *)rom->init;
  return init() == 0;
}

struct vmi_relocation vmi_rom_relocation(const struct vmi_rom *rom, u32 call) {
  u64 (*query)(u32 call) VMI_CONVENTION = (void *)rom->get_reloc;
  u64 answer = query(call);
  return (struct vmi_relocation){(u32)answer, (u8)(answer >> 32)};
}
