/* The ways into and out of the kernel. */
#include "descriptors.h"
#include "privileged.h"
#include "save_registers.h"
#include "trap.h"

#define EFAULT 14

/* Exceptions for which the CPU pushes an error code: #DF #TS #NP #SS #GP #PF #AC. */
#define PUSHES_ERROR(vector) ((0x00027D00 >> (vector)) & 1)

.text

.section .rodata
.align 4
.global trap_stubs
trap_stubs:

.text
.set vector, 0
.rept VECTOR_STUBS
  .align 16
1:
.if vector >= 32 || !PUSHES_ERROR(vector)
  push $0
.endif
  push $vector
  jmp trap_entry
  .pushsection .rodata
  .long 1b
  .popsection
  .set vector, vector + 1
.endr

.align 16
trap_entry:
  SAVE_REGISTERS
  push %esp
  call trap_dispatch
  add $4, %esp

.global trap_return
trap_return:
  IRQ_DISABLE
  testb $3, FRAME_CS(%esp)
  jz 1f
  cmpl $0, attention
  jne 2f
1:
  pop %gs
  pop %fs
  pop %es
  pop %ds
  popa
  add $8, %esp
  INTERRUPT_RETURN
2:
  call attention_serve
  jmp trap_return

.align 16
.global system_call_stub
system_call_stub:
  push $0
  push $VECTOR_SYSTEM_CALL
  SAVE_REGISTERS
  push %esp
  call system_call_dispatch
  add $4, %esp
  jmp trap_return

/* void context_switch(u32 *save, u32 load): leaves the running stack in *save and goes on where `load` was left. */
.global context_switch
context_switch:
  mov 4(%esp), %eax
  mov 8(%esp), %edx
  push %ebp
  push %ebx
  push %esi
  push %edi
  mov %esp, (%eax)
  mov %edx, %esp
  pop %edi
  pop %esi
  pop %ebx
  pop %ebp
  ret

/* Where a new process begins: ebx is a kernel function to call with the trap frame first, or 0. */
.global process_entry
process_entry:
  test %ebx, %ebx
  jz trap_return
  IRQ_ENABLE
  push %esp
  call *%ebx
  add $4, %esp
  jmp trap_return

.global user_copy, user_copy_start, user_copy_end, user_copy_fault
user_copy:
  push %esi
  push %edi
  mov 12(%esp), %edi
  mov 16(%esp), %esi
  mov 20(%esp), %ecx
  mov %ecx, %edx
  shr $2, %ecx
user_copy_start:
  rep movsl
  mov %edx, %ecx
  and $3, %ecx
  rep movsb
user_copy_end:
  xor %eax, %eax
  pop %edi
  pop %esi
  ret
user_copy_fault:
  mov $-EFAULT, %eax
  pop %edi
  pop %esi
  ret
