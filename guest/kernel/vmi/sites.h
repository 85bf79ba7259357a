/*
 * Patch sites: the places of the six hottest operations. Each begins as an indirect call or jump through the table of
 * operations and is listed in .vmi_sites, so that vmi_sites_patch can put a direct call there, or the processor's own
 * instructions. Nothing is saved around a site: all who may be called there lose flags at most.
 */
#pragma once
#include "operations.h"

#ifdef __ASSEMBLER__

/* The code segment's prefix: on the way to user mode ds is the user's already. */
.macro VMI_SITE instruction, call
771:
  \instruction *%cs:operations + 4 * \call
772:
  .pushsection .vmi_sites, "a"
  .long 771b
  .byte \call, 772b - 771b, 0, 0
  .popsection
.endm

#else

/* A call of, or jump to, the operation whose number is the asm operand [call]. */
#define VMI_SITE_OF(instruction) \
  "771: " instruction " *operations + 4 * %c[call]\n772:\n\t.pushsection .vmi_sites, \"a\"\n\t.long 771b\n\t" \
  ".byte %c[call], 772b - 771b, 0, 0\n\t.popsection\n\t"
#define VMI_SITE VMI_SITE_OF("call")

struct vmi_site {
  u32 address;
  u8 call, length, unused[2];
};

/* kernel.ld */
extern const struct vmi_site vmi_sites[], vmi_sites_end[];

enum vmi_relocation_type { VMI_NONE, VMI_CALL_REL, VMI_JUMP_REL, VMI_NOP };

/* What a ROM says to do for a call. */
struct vmi_relocation {
  u32 target; /* linear address */
  u8 type;    /* enum vmi_relocation_type */
};

/*
 * Gives every site its direct call, direct jump or nothing, as `relocations` (by call number) says; those answered NONE
 * get the native instructions. May be repeated. Returns the number of sites that reach a hypervisor.
 */
u32 vmi_sites_patch(const struct vmi_relocation relocations[VMI_CALLS]);
#endif
