/*
 * VMI's calls in plain i386 code, wherever plain code can do what they mean: the kernel's own operations on bare
 * hardware, and the body of the native ROM (rom.S). Position independent, without data. What is not here (alarms,
 * clocks, other processors, the local APIC, whose linear address only the kernel knows) has no plain equivalent.
 *
 * Registers: up to three parameters in eax, edx, ecx, then the stack; eax, edx, ecx and flags may be lost. The
 * interrupt-flag calls lose flags alone. Those named in the comments have registers of their own.
 */
#define CR4_PGE 0x80
#define EFLAGS_IOPL 0x3000
#define FLUSH_GLOBAL 2
#define KEYBOARD_PORT 0x64
#define KEYBOARD_BUSY 2
#define KEYBOARD_RESET 0xFE
#define KEYBOARD_READS 0x10000
#define DELAY_PORT 0x80

.macro CALL name
  .global native_\name
  native_\name:
.endm

/* A call whose instructions can stand at a patch site instead: they end before its `ret`, or are all of it. */
.macro INLINE_END name
  .global native_\name\()_end
  native_\name\()_end:
.endm

.text

/* eax leaf, ecx subleaf -> eax, ebx, ecx, edx */
CALL CPUID
  cpuid
  ret
/* ecx register, edx:eax value */
CALL WRMSR
  wrmsr
  ret
/* ecx register -> edx:eax */
CALL RDMSR
  rdmsr
  ret
/* ecx counter -> edx:eax */
CALL RDPMC
  rdpmc
  ret
CALL RDTSC
  rdtsc
  ret
CALL WBINVD
  wbinvd
  ret

/* ---- descriptor tables ---- */

CALL SetGDT
  lgdt (%eax)
  ret
CALL SetLDT
  lldt %ax
  ret
CALL SetIDT
  lidt (%eax)
  ret
CALL SetTR
  ltr %ax
  ret
CALL GetGDT
  sgdt (%eax)
  ret
CALL GetLDT
  sldt %ax
  movzwl %ax, %eax
  ret
CALL GetIDT
  sidt (%eax)
  ret
CALL GetTR
  str %ax
  movzwl %ax, %eax
  ret
/* The table is the one given, whatever the call's name says. */
CALL WriteGDTEntry
CALL WriteLDTEntry
CALL WriteIDTEntry
  mov %ecx, (%eax,%edx,8)
  mov 4(%esp), %ecx
  mov %ecx, 4(%eax,%edx,8)
  ret

/* ---- control and debug registers ---- */

CALL SetCR0
  mov %eax, %cr0
  ret
CALL SetCR2
  mov %eax, %cr2
  ret
CALL SetCR3
  mov %eax, %cr3
  ret
CALL SetCR4
  mov %eax, %cr4
  ret
CALL GetCR0
  mov %cr0, %eax
  ret
CALL GetCR2
  mov %cr2, %eax
  ret
CALL GetCR3
  mov %cr3, %eax
  ret
CALL GetCR4
  mov %cr4, %eax
  ret
CALL CLTS
  clts
  ret

.macro EACH_DEBUG_REGISTER instruction:vararg
  .irp index, 0, 1, 2, 3, 6, 7
    cmp $\index, %eax
    je debug_\@_\index
  .endr
  ret
  .irp index, 0, 1, 2, 3, 6, 7
    debug_\@_\index:
    DEBUG_ACCESS \index, \instruction
    ret
  .endr
.endm
.macro DEBUG_ACCESS index, direction
  .ifc \direction, set
    mov %edx, %db\index
  .else
    mov %db\index, %eax
  .endif
.endm
CALL SetDR
  EACH_DEBUG_REGISTER set
CALL GetDR
  EACH_DEBUG_REGISTER get

/* ---- interrupt flag, returns, idling ---- */

CALL EnableInterrupts
  sti
INLINE_END EnableInterrupts
  ret
CALL DisableInterrupts
  cli
INLINE_END DisableInterrupts
  ret
/* -> eax */
CALL GetInterruptMask
  pushf
  pop %eax
INLINE_END GetInterruptMask
  ret
/* eax */
CALL SetInterruptMask
  push %eax
  popf
INLINE_END SetInterruptMask
  ret
/* Jumped to, with the frame on the stack. */
CALL IRET
  iret
INLINE_END IRET
/* Jumped to: edx user eip, ecx user esp. */
CALL SYSEXIT
  sti
  sysexit
INLINE_END SYSEXIT

/* STI's shadow covers HLT: no interrupt is slept through. */
CALL Halt
  sti
  hlt
  ret
CALL SetIOPLMask
  pushf
  andl $~EFLAGS_IOPL, (%esp)
  or %eax, (%esp)
  popf
  ret

/* ---- paging ---- */

CALL SetPxE
  mov %eax, (%edx)
  ret
/* In one piece: half an entry must never be seen, as it may map what runs. */
CALL SetPxELong
  push %ebx
  push %esi
  mov %ecx, %esi
  mov %eax, %ebx
  mov %edx, %ecx
  mov (%esi), %eax
  mov 4(%esi), %edx
1:
  lock cmpxchg8b (%esi)
  jne 1b
  pop %esi
  pop %ebx
  ret
CALL InvalPage
  invlpg (%eax)
  ret
CALL FlushTLB
  test $FLUSH_GLOBAL, %al
  jz 1f
  mov %cr4, %edx
  test $CR4_PGE, %dl
  jz 1f
  mov %edx, %ecx
  and $~CR4_PGE, %ecx
  mov %ecx, %cr4
  mov %edx, %cr4
  ret
1:
  mov %cr3, %eax
  mov %eax, %cr3
  ret

/* A processor finds page tables and the kernel's stack without being told. */
CALL UpdateKernelStack
CALL UpdatePxE
CALL UpdatePxELong
CALL AllocatePage
CALL ReleasePage
CALL SetLinearMapping
CALL SetLazyMode
  ret

/* ---- ports ---- */

/* edx port -> eax */
CALL INL
  in %dx, %eax
  ret
CALL INB
  in %dx, %al
  movzbl %al, %eax
  ret
CALL INW
  in %dx, %ax
  movzwl %ax, %eax
  ret
/* edi buffer, edx port, ecx count */
CALL INSL
  rep insl
  ret
CALL INSB
  rep insb
  ret
CALL INSW
  rep insw
  ret
/* eax value, edx port */
CALL OUTL
  out %eax, %dx
  ret
CALL OUTB
  out %al, %dx
  ret
CALL OUTW
  out %ax, %dx
  ret
/* esi buffer, edx port, ecx count */
CALL OUTSL
  rep outsl
  ret
CALL OUTSB
  rep outsb
  ret
CALL OUTSW
  rep outsw
  ret
CALL IODelay
  out %al, $DELAY_PORT
  ret

/* ---- the end ---- */

/* The keyboard controller's reset line, and for a board without one an exception that cannot be delivered. */
CALL Reboot
  cli
  mov $KEYBOARD_READS, %ecx
1:
  in $KEYBOARD_PORT, %al
  test $KEYBOARD_BUSY, %al
  loopnz 1b
  mov $KEYBOARD_RESET, %al
  out %al, $KEYBOARD_PORT
  mov $KEYBOARD_READS, %ecx
1:
  in $KEYBOARD_PORT, %al
  loop 1b
  push $0
  push $0
  lidt (%esp)
  int3
CALL Shutdown
  cli
  hlt
  jmp native_Shutdown
