#include "apic.h"
#include "cpu.h"
#include "layout.h"
#include "operations.h"
#include "pagetable.h"

enum { APIC_PHYSICAL = 0xFEE00000 };

static bool present;

u32 VMI_CONVENTION native_APICRead(u32 offset);
void VMI_CONVENTION native_APICWrite(u32 offset, u32 value);

void apic_setup(void) {
  if (!(cpu_features() & CPU_APIC)) return;
  u32 directory = page_directory_current(), *entry = page_entry(directory, APIC_LINEAR, true);
  if (!entry) return;
  page_entry_set(directory, APIC_LINEAR, entry, APIC_PHYSICAL | PAGE_PRESENT | PAGE_WRITABLE | PAGE_UNCACHED);
  present = true;
}

bool apic_present(void) { return present; }

u32 apic_register_read(u32 offset) { return *(volatile u32 *)(APIC_LINEAR + offset); }

/* VMI's operations on bare hardware. */
u32 VMI_CONVENTION native_APICRead(u32 offset) { return apic_register_read(offset); }
void VMI_CONVENTION native_APICWrite(u32 offset, u32 value) { *(volatile u32 *)(APIC_LINEAR + offset) = value; }
