/* The map of linear memory, and page-table entries (Intel SDM volume 3, section 4.3). */
#pragma once

#define PAGE_SIZE 4096u
#define PAGE_ENTRIES 1024u

#define KERNEL_BASE 0xC0000000u     /* physical 0 is mapped here; user memory ends here */
#define DIRECT_MAP_SIZE 0x38000000u /* 896 MB: RAM beyond it is not used */
#define APIC_LINEAR 0xF8000000u     /* the local APIC's registers */
#define KERNEL_END 0xF8001000u      /* from here on a hypervisor may take what it likes */

#define USER_START 0x00001000u /* the first page is never mapped: null pointers fault */
#define USER_STACK_TOP 0xBFFFF000 /* the page above is the system call gate's */
#define USER_STACK_SIZE 0x00800000u
#define USER_MAPPING_START 0x40000000u /* where mmap without an address looks first */

#define PAGE_PRESENT 0x001u
#define PAGE_WRITABLE 0x002u
#define PAGE_USER 0x004u
#define PAGE_UNCACHED 0x010u
#define PAGE_GLOBAL 0x100u
#define PAGE_FLAGS 0xFFFu

/* Error code of a page fault. */
#define FAULT_PROTECTION 1u
#define FAULT_WRITE 2u
#define FAULT_USER 4u

#ifndef __ASSEMBLER__
#include "types.h"
static inline void *physical_to_virtual(u32 physical) { return (void *)(physical + KERNEL_BASE); }
static inline u32 virtual_to_physical(const void *virtual) { return (u32)virtual - KERNEL_BASE; }
static inline u32 page_floor(u32 address) { return address & ~(PAGE_SIZE - 1); }
static inline u32 page_ceiling(u32 address) { return (address + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1); }
#endif
