/*
 * What follows the header of the native ROM, from its offset 0x80 on: the two entries that kernels know, and the calls
 * of vmi/native.S. It may be mapped anywhere; its linear address is worked out where it is needed.
 */
#define RELOCATION_NONE 0
#define RELOCATION_CALL 1
#define RELOCATION_JUMP 2

#define VMI_CALL(number, name, result, parameters) .set VMI_##name, number
#define VMI_REGISTER_CALL(number, name) .set VMI_##name, number
#include "calls.def"
#undef VMI_CALL
#undef VMI_REGISTER_CALL

.text
rom_code:
  jmp init
.org rom_code + 8
  jmp get_reloc

/* -> eax: 0, for there is nothing to prepare. */
init:
  xor %eax, %eax
  ret

/* eax call -> eax linear address, edx type */
get_reloc:
  xor %edx, %edx
  cmp $(offsets_end - offsets) / 2, %eax
  jae 3f
  call 1f
1:
  pop %ecx
  sub $1b, %ecx /* where the ROM begins */
  movzwl offsets(%ecx,%eax,2), %edx
  test %edx, %edx
  jz 3f
  add %edx, %ecx
  mov $RELOCATION_JUMP, %edx
  cmp $VMI_IRET, %eax
  je 2f
  cmp $VMI_SYSEXIT, %eax
  je 2f
  mov $RELOCATION_CALL, %edx
2:
  mov %ecx, %eax
  ret
3:
  xor %eax, %eax
  ret

/* From the start of the ROM; 0 for a call without plain code. */
offsets:
#define VMI_CALL(number, name, result, parameters) VMI_REGISTER_CALL(number, name)
#define VMI_REGISTER_CALL(number, name) .weak native_##name; .short native_##name
#include "calls.def"
offsets_end:
