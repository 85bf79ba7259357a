/* Page faults and the kernel's access to user memory. */
#pragma once
#include "trap.h"

/* True when the faulting instruction can be tried again, or the kernel's copy routine told of the failure. */
bool page_fault_resolve(struct trap_frame *frame);

/* True when [address, address + length) lies in the user half; whether it is mapped shows on access. */
bool user_range(u32 address, u32 length);

/* Copies between kernel and user memory; 0 or -EFAULT. */
s32 copy_to_user(u32 to, const void *from, u32 length);
s32 copy_from_user(void *to, u32 from, u32 length);

/* Copies a string with its NUL. Its length, -EFAULT, or -ENAMETOOLONG when it does not fit into `size` bytes. */
s32 copy_string_from_user(char *to, u32 from, u32 size);
