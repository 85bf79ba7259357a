/* Where a program begins: argc, argv and envp lie on the stack (System V ABI, i386). */
#define SYS_exit 1
#define AT_SYSINFO 32

.text
.global _start
_start:
  mov (%esp), %eax
  lea 4(%esp), %ecx
  lea 4(%ecx,%eax,4), %edx /* envp */
1:
  add $4, %edx
  cmpl $0, -4(%edx)
  jne 1b
2: /* the auxiliary vector: pairs of key and value */
  mov (%edx), %ebx
  cmp $AT_SYSINFO, %ebx
  jne 3f
  mov 4(%edx), %ebp
  mov %ebp, system_gate
3:
  add $8, %edx
  test %ebx, %ebx
  jnz 2b
  xor %ebp, %ebp
  and $-16, %esp
  sub $8, %esp
  push %ecx
  push %eax
  call main
  mov %eax, %ebx
  mov $SYS_exit, %eax
  int $0x80
