/* Where a program begins: argc, argv and envp lie on the stack (System V ABI, i386). */
#define SYS_exit 1

.text
.global _start
_start:
  xor %ebp, %ebp
  mov (%esp), %eax
  lea 4(%esp), %ecx
  and $-16, %esp
  sub $8, %esp
  push %ecx
  push %eax
  call main
  mov %eax, %ebx
  mov $SYS_exit, %eax
  int $0x80
