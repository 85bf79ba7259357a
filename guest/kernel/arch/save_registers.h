/* The part of struct trap_frame that the kernel pushes itself. For assembly. */
#pragma once
#include "descriptors.h"

#define FRAME_EIP 56
#define FRAME_CS 60

.macro SAVE_REGISTERS
  pusha
  push %ds
  push %es
  push %fs
  push %gs
  mov $KERNEL_DATA, %eax
  mov %eax, %ds
  mov %eax, %es
  cld
.endm
