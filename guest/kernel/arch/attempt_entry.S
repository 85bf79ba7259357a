/* bool attempt(void (*function)(void *argument), void *argument) */
.text
.global attempt, attempt_failed
attempt:
  push %ebp
  push %ebx
  push %esi
  push %edi
  mov %esp, attempt_stack
  push 24(%esp)
  call *24(%esp)
  mov $1, %eax
  jmp 1f
attempt_failed:
  xor %eax, %eax
1:
  mov attempt_stack, %esp
  movl $0, attempt_stack
  pop %edi
  pop %esi
  pop %ebx
  pop %ebp
  ret

.bss
.align 4
.global attempt_stack
attempt_stack:
  .skip 4
