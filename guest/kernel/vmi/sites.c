#include "sites.h"
#include "raw.h"
#include "string.h"

enum {
  OPCODE_CALL = 0xE8, OPCODE_JUMP = 0xE9, BRANCH_LENGTH = 5,
  OPCODE_NOP = 0x90, PREFIX_OPERAND_SIZE = 0x66, /* before NOP: still one NOP, on every processor */
  LONGEST_SITE = 8,
};

#define INLINE_OPERATION(name) [VMI_##name] = {native_##name, native_##name##_end}
#define DECLARE(name) extern const u8 native_##name[], native_##name##_end[]

DECLARE(EnableInterrupts);
DECLARE(DisableInterrupts);
DECLARE(GetInterruptMask);
DECLARE(SetInterruptMask);
DECLARE(IRET);
DECLARE(SYSEXIT);

/* The instructions themselves, without a RET: vmi/native.S. */
static const struct {
  const u8 *start, *end;
} inline_operations[VMI_CALLS] = {
    INLINE_OPERATION(EnableInterrupts), INLINE_OPERATION(DisableInterrupts), INLINE_OPERATION(GetInterruptMask),
    INLINE_OPERATION(SetInterruptMask), INLINE_OPERATION(IRET),              INLINE_OPERATION(SYSEXIT),
};

static u32 branch(u8 code[LONGEST_SITE], u8 opcode, u32 site, u32 target) {
  u32 distance = target - site - BRANCH_LENGTH;
  code[0] = opcode;
  memcpy(code + 1, &distance, sizeof distance);
  return BRANCH_LENGTH;
}

static u32 native(u8 code[LONGEST_SITE], u32 call) {
  u32 length = (u32)(inline_operations[call].end - inline_operations[call].start);
  memcpy(code, inline_operations[call].start, length);
  return length;
}

static void pad(u8 code[LONGEST_SITE], u32 from, u32 length) {
  if (from == length) return;
  memset(code + from, PREFIX_OPERAND_SIZE, length - from);
  code[length - 1] = OPCODE_NOP;
}

static bool patch(const struct vmi_site *site, const struct vmi_relocation *relocation) {
  u8 code[LONGEST_SITE];
  u32 used;
  switch (relocation->type) {
    case VMI_CALL_REL: used = branch(code, OPCODE_CALL, site->address, relocation->target); break;
    case VMI_JUMP_REL: used = branch(code, OPCODE_JUMP, site->address, relocation->target); break;
    case VMI_NOP: used = 0; break;
    default: used = native(code, site->call);
  }
  pad(code, used, site->length);
  memcpy((void *)site->address, code, site->length);
  return relocation->type != VMI_NONE;
}

u32 vmi_sites_patch(const struct vmi_relocation relocations[VMI_CALLS]) {
  u32 patched = 0;
  for (const struct vmi_site *site = vmi_sites; site < vmi_sites_end; site++)
    patched += patch(site, &relocations[site->call]);
  raw_serialize();
  return patched;
}
