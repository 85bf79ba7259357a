/*
 * Where a program begins (System V ABI, i386). The kernel says in the auxiliary vector where its fastest entry is, as C
 * libraries use it.
 */
#define SYS_rt_sigreturn 173
#define AT_SYSINFO 32

.text
.global _start
_start:
  xor %ebp, %ebp
  mov (%esp), %eax
  lea 4(%esp), %edx
  lea 8(%esp,%eax,4), %ecx  /* the environment, behind the arguments and a zero */
1:
  add $4, %ecx
  cmpl $0, -4(%ecx)
  jne 1b
2: /* the auxiliary vector: pairs of kind and value, up to kind 0 */
  cmpl $0, (%ecx)
  je 4f
  cmpl $AT_SYSINFO, (%ecx)
  je 3f
  add $8, %ecx
  jmp 2b
3:
  mov 4(%ecx), %ecx
  mov %ecx, system_gate
4:
  and $-16, %esp
  sub $8, %esp
  push %edx
  push %eax
  call program_start

/* What a signal handler returns to. */
.global signal_return
signal_return:
  mov $SYS_rt_sigreturn, %eax
  int $0x80

.section .note.GNU-stack, "", @progbits
