/*
 * s32 system_call(u32 number, ...): up to six arguments. The kernel is entered where it says in the auxiliary vector,
 * or by an interrupt when it does not say.
 */
.data
.global system_gate
system_gate:
  .long interrupt

.text
interrupt:
  int $0x80
  ret

.global system_call
system_call:
  push %ebx
  push %esi
  push %edi
  push %ebp
  mov 20(%esp), %eax
  mov 24(%esp), %ebx
  mov 28(%esp), %ecx
  mov 32(%esp), %edx
  mov 36(%esp), %esi
  mov 40(%esp), %edi
  mov 44(%esp), %ebp
  call *system_gate
  pop %ebp
  pop %edi
  pop %esi
  pop %ebx
  ret
