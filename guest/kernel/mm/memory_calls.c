/* System calls about memory. */
#include "fault.h"
#include "layout.h"
#include "process.h"
#include "system_call.h"

s32 sys_brk(struct trap_frame *call) { return (s32)space_break(&current->space, call->ebx); }

/* Anonymous private memory; files are read, not mapped. */
static s32 map(const struct mmap_arguments *request) {
  if (!(request->flags & MAP_ANONYMOUS)) return -ENODEV;
  if (!(request->flags & MAP_PRIVATE) || !request->length || request->length > KERNEL_BASE) return -EINVAL;
  u32 length = page_ceiling(request->length), address = page_floor(request->address);
  if (request->flags & MAP_FIXED) {
    if (address != request->address || !user_range(address, length)) return -EINVAL;
  } else {
    address = space_find(&current->space, address >= USER_START ? address : USER_MAPPING_START, length);
    if (!address) address = space_find(&current->space, USER_MAPPING_START, length);
    if (!address) return -ENOMEM;
  }
  u32 protection = request->protection & (PROT_READ | PROT_WRITE | PROT_EXEC);
  struct area area = {address, address + length, protection, NULL, 0, 0};
  s32 error = space_map(&current->space, &area);
  return error ? error : (s32)address;
}

s32 sys_old_mmap(struct trap_frame *call) {
  struct mmap_arguments request;
  return copy_from_user(&request, call->ebx, sizeof request) ? -EFAULT : map(&request);
}

s32 sys_mmap2(struct trap_frame *call) {
  return map(&(struct mmap_arguments){call->ebx, call->ecx, call->edx, call->esi, call->edi, 0});
}

static bool pages(u32 address, u32 length) { return address % PAGE_SIZE == 0 && length && user_range(address, length); }

s32 sys_munmap(struct trap_frame *call) {
  if (!pages(call->ebx, call->ecx)) return -EINVAL;
  return space_unmap(&current->space, call->ebx, page_ceiling(call->ebx + call->ecx));
}

s32 sys_mprotect(struct trap_frame *call) {
  if (!pages(call->ebx, call->ecx)) return -EINVAL;
  return space_protect(&current->space, call->ebx, page_ceiling(call->ebx + call->ecx), call->edx);
}
