/* Multiboot 1 entry: physical addresses, paging off, interrupts off. */
#define MAGIC 0x1BADB002
#define ALIGN_AND_MEMORY 3
#define CR0_PAGING_WRITE_PROTECT 0x80010000
#define KERNEL_BASE 0xC0000000
#define STACK_SIZE 8192

.section .multiboot, "a"
.align 4
  .long MAGIC, ALIGN_AND_MEMORY, -(MAGIC + ALIGN_AND_MEMORY)

.section .boot, "ax"
.global multiboot_entry
multiboot_entry:
  cld
  mov $boot_stack_top - KERNEL_BASE, %esp
  push %ebx
  push %eax
  call early_paging
  mov %eax, %cr3
  mov %cr0, %eax
  or $CR0_PAGING_WRITE_PROTECT, %eax
  mov %eax, %cr0
  mov $higher_half, %eax
  jmp *%eax

.text
higher_half:
  mov $boot_stack_top, %esp
  xor %ebp, %ebp
  push $0
  popf
  call kernel_main

.bss
.align 16
.global boot_stack_top
  .skip STACK_SIZE
boot_stack_top:
