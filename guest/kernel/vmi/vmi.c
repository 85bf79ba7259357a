#include "vmi.h"
#include "console.h"
#include "layout.h"
#include "pagetable.h"
#include "privileged.h"

static const struct vmi_rom *rom;
static struct vmi_relocation relocations[VMI_CALLS];
static u32 sites_patched;

const char *vmi_call_name(u32 call) {
  static const char *const names[] = {
#define VMI_CALL(number, name, result, parameters) #name,
#define VMI_REGISTER_CALL(number, name) #name,
#include "calls.def"
  };
  return names[call];
}

const struct vmi_rom *vmi_rom(void) { return rom; }
const struct vmi_relocation *vmi_relocation(u32 call) { return &relocations[call]; }
const char *platform_name(void) { return rom ? "vmi" : "bare hardware"; }
u32 vmi_site_count(void) { return (u32)(vmi_sites_end - vmi_sites); }
u32 vmi_sites_patched(void) { return sites_patched; }

u32 vmi_site_count_of(u32 call) {
  u32 count = 0;
  for (const struct vmi_site *site = vmi_sites; site < vmi_sites_end; site++) count += site->call == call;
  return count;
}

static void do_nothing(void) {}

/* IRET and SYSEXIT do not return: only they may be jumped to, and what is called cannot stand behind their pointer. */
static bool jumped_to(u32 call) { return call == VMI_IRET || call == VMI_SYSEXIT; }

static bool acceptable(u32 call, struct vmi_relocation relocation) {
  if (relocation.type == VMI_JUMP_REL) return jumped_to(call);
  if (relocation.type == VMI_NOP) return !jumped_to(call);
  return relocation.type <= VMI_NOP;
}

static void operation_fill(u32 call, struct vmi_relocation relocation) {
  u32 *pointer = (u32 *)&operations + call;
  if (relocation.type == VMI_NOP) *pointer = (u32)do_nothing;
  if (relocation.type == VMI_JUMP_REL || (relocation.type == VMI_CALL_REL && !jumped_to(call)))
    *pointer = relocation.target;
}

static void relocations_ask(void) {
  for (u32 call = 0; call < VMI_CALLS; call++) {
    struct vmi_relocation relocation = vmi_rom_relocation(rom, call);
    if (!acceptable(call, relocation)) {
      print("vmi: call %u: relocation type %u ignored\n", call, relocation.type);
      relocation.type = VMI_NONE;
    }
    relocations[call] = relocation;
    operation_fill(call, relocation);
  }
}

static bool rom_enter(const struct vmi_rom *candidate) {
  if (candidate->virtual_top && candidate->virtual_top < KERNEL_END) {
    print("vmi: the ROM wants addresses from %08x up, which are in use\n", candidate->virtual_top);
    return false;
  }
  if (vmi_rom_init(candidate)) return true;
  print("vmi: the ROM refuses\n");
  return false;
}

void vmi_setup(u32 direct_map_size) {
  const struct vmi_rom *candidate = vmi_rom_find();
  if (candidate && rom_enter(candidate)) {
    rom = candidate;
    relocations_ask();
  }
  sites_patched = vmi_sites_patch(relocations);
  if (!rom) return;
  linear_mapping_announce(KERNEL_BASE, direct_map_size);
  page_directories_announce();
}
