/* s32 system_call(u32 number, ...): up to six arguments. */
.text
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
  int $0x80
  pop %ebp
  pop %edi
  pop %esi
  pop %ebx
  ret
