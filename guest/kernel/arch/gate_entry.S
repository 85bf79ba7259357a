/* Both ends of the quick way into the kernel. */
#include "descriptors.h"
#include "gate.h"
#include "privileged.h"
#include "raw.h"
#include "save_registers.h"
#include "trap.h"

.text

/* What programs call, copied to GATE_LINEAR. SYSENTER keeps neither eip nor esp; SYSEXIT takes edx and ecx for them. */
.global gate_code, gate_code_end
gate_code:
  push %ecx
  push %edx
  push %ebp
  mov %esp, %ebp
  sysenter
gate_return:
  pop %ebp
  pop %edx
  pop %ecx
  ret
gate_code_end:
#define GATE_RETURN (GATE_LINEAR + gate_return - gate_code)

.global gate_slow_code, gate_slow_code_end
gate_slow_code:
  int $VECTOR_SYSTEM_CALL
  ret
gate_slow_code_end:

/*
 * esp points at the ring-0 stack pointer; interrupts are off. The flags are still the program's: single step is dealt
 * with where its exception arrives, and a nested task must not survive to the next IRET.
 */
.align 16
.global sysenter_entry
sysenter_entry:
  mov (%esp), %esp
  push $USER_DATA
  push %ebp
  push $USER_FLAGS
  RAW_FLAGS_CLEAR
  push $USER_CODE
  push $GATE_RETURN
  push $0
  push $VECTOR_SYSTEM_CALL
  SAVE_REGISTERS
  IRQ_ENABLE
  push %esp
  call system_call_dispatch
  add $4, %esp
  IRQ_DISABLE
  cmpl $0, attention
  jne trap_return
  /* A new program begins with registers of its own. */
  cmpl $GATE_RETURN, FRAME_EIP(%esp)
  jne trap_return
  pop %gs
  pop %fs
  pop %es
  pop %ds
  popa
  mov 8(%esp), %edx /* past vector and error code */
  mov 20(%esp), %ecx
  VMI_SITE jmp, VMI_SYSEXIT
