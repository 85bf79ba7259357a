/* The local APIC's registers (Intel SDM volume 3, chapter 11). The kernel's interrupts come from the PICs. */
#pragma once
#include "types.h"

enum apic_register { APIC_ID = 0x20, APIC_VERSION = 0x30, APIC_TASK_PRIORITY = 0x80 };

/* Maps the registers for good: before there are processes. */
void apic_setup(void);
bool apic_present(void);

/* By memory access, whatever a hypervisor offers. `offset` from the start of the registers. */
u32 apic_register_read(u32 offset);
