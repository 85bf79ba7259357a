#include "fault.h"
#include "abi.h"
#include "layout.h"
#include "privileged.h"
#include "process.h"
#include "signal.h"
#include "string.h"

bool user_range(u32 address, u32 length) {
  return address >= USER_START && address < KERNEL_BASE && KERNEL_BASE - address >= length;
}

bool page_fault_resolve(struct trap_frame *frame) {
  u32 address = cr2_read();
  bool copying = frame->eip >= (u32)user_copy_start && frame->eip < (u32)user_copy_end;
  if (!trap_from_user(frame) && !copying) return false;
  if (frame->eflags & EFLAGS_IF) irq_enable();
  enum fault_result result = FAULT_FORBIDDEN;
  if (address < KERNEL_BASE) result = space_fault(&current->space, address, frame->error & FAULT_WRITE);
  if (result == FAULT_RESOLVED) return true;
  if (copying) {
    frame->eip = (u32)user_copy_fault;
    return true;
  }
  if (result == FAULT_NO_MEMORY) process_crash(frame, "out of memory", SIGKILL);
  process_crash(frame, "segmentation fault", SIGSEGV);
}

s32 copy_to_user(u32 to, const void *from, u32 length) {
  return user_range(to, length) ? user_copy((void *)to, from, length) : -EFAULT;
}

s32 copy_from_user(void *to, u32 from, u32 length) {
  return user_range(from, length) ? user_copy(to, (const void *)from, length) : -EFAULT;
}

s32 copy_string_from_user(char *to, u32 from, u32 size) {
  for (u32 done = 0; done < size;) {
    /* Not past the page the string may end on: the next one need not be there. */
    u32 part = PAGE_SIZE - (from + done) % PAGE_SIZE;
    if (part > size - done) part = size - done;
    s32 error = copy_from_user(to + done, from + done, part);
    if (error) return error;
    for (u32 i = 0; i < part; i++)
      if (!to[done + i]) return (s32)(done + i);
    done += part;
  }
  return -ENAMETOOLONG;
}
