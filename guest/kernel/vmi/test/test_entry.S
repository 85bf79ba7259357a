/* What the tests cannot say in C. */
#include "sites.h"
#include "descriptors.h"
#include "raw.h"

.text
/* A handler that counts. */
.global test_interrupt
test_interrupt:
  incl %ss:test_interrupts
  VMI_SITE jmp, VMI_IRET

/*
 * bool flags_call(void *operation, u32 eax, u32 *result): calls it with eax and a pattern in every other register; true
 * when those are unchanged. eax goes to *result.
 */
.global flags_call
flags_call:
  push %ebx
  push %esi
  push %edi
  push %ebp
  mov 20(%esp), %eax
  mov %eax, target
  mov 24(%esp), %eax
  mov $0x1B1B1B1B, %ebx
  mov $0x1C1C1C1C, %ecx
  mov $0x1D1D1D1D, %edx
  mov $0x151E51E5, %esi
  mov $0x1D1E1D1E, %edi
  mov $0x1BEB1BEB, %ebp
  call *target
  cmp $0x1B1B1B1B, %ebx
  jne 1f
  cmp $0x1C1C1C1C, %ecx
  jne 1f
  cmp $0x1D1D1D1D, %edx
  jne 1f
  cmp $0x151E51E5, %esi
  jne 1f
  cmp $0x1D1E1D1E, %edi
  jne 1f
  cmp $0x1BEB1BEB, %ebp
1:
  sete %cl
  mov 28(%esp), %edx
  mov %eax, (%edx)
  movzbl %cl, %eax
  pop %ebp
  pop %edi
  pop %esi
  pop %ebx
  ret

/* u32 return_with(u32 eflags, u32 cs): the flags after an IRET through a patch site to the same ring. */
.global return_with, return_with_site
return_with:
  push 4(%esp)
  push 12(%esp)
  push $1f
return_with_site:
  VMI_SITE jmp, VMI_IRET
1:
  RAW_FLAGS_TO_EAX
  ret

.bss
.align 4
.global test_interrupts
test_interrupts:
  .skip 4
target:
  .skip 4
