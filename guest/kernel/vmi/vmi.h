/* The kernel under a VMI hypervisor, or without one. */
#pragma once
#include "rom.h"

/*
 * Looks for a hypervisor's ROM, asks it for every call, and puts what it answers into the table of operations and the
 * patch sites. Without a ROM the sites get the processor's own instructions. Interrupts are off.
 * `direct_map_size`: bytes of memory mapped at KERNEL_BASE.
 */
void vmi_setup(u32 direct_map_size);

/* The ROM in use; NULL on bare hardware. */
const struct vmi_rom *vmi_rom(void);

/* The specification's name of a call. */
const char *vmi_call_name(u32 call);

/* What was answered for a call; VMI_NONE on bare hardware. */
const struct vmi_relocation *vmi_relocation(u32 call);

/* Sites there are in all, of one call, and how many of all reach the hypervisor. */
u32 vmi_site_count(void);
u32 vmi_site_count_of(u32 call);
u32 vmi_sites_patched(void);

/* "vmi" or "bare hardware". */
const char *platform_name(void);
