#include "gate.h"
#include "abi.h"
#include "cpu.h"
#include "descriptors.h"
#include "frames.h"
#include "pagetable.h"
#include "privileged.h"
#include "space.h"
#include "string.h"

enum { SYSENTER_CS = 0x174, SYSENTER_ESP = 0x175, SYSENTER_EIP = 0x176 };

/* gate_entry.S */
extern const char gate_code[], gate_code_end[], gate_slow_code[], gate_slow_code_end[], sysenter_entry[];

static u32 page;

static void page_make(const char *code, const char *end) {
  page = frame_allocate_zeroed();
  if (page) memcpy(physical_to_virtual(page), code, (u32)(end - code));
}

void gate_setup(const u32 *kernel_stack) {
  if (!(cpu_features() & CPU_SEP)) {
    page_make(gate_slow_code, gate_slow_code_end);
    return;
  }
  page_make(gate_code, gate_code_end);
  model_register_write(SYSENTER_CS, KERNEL_CODE);
  model_register_write(SYSENTER_ESP, (u32)kernel_stack);
  model_register_write(SYSENTER_EIP, (u32)sysenter_entry);
}

bool gate_map(struct space *space) {
  struct area area = {GATE_LINEAR, GATE_LINEAR + PAGE_SIZE, PROT_READ | PROT_EXEC, NULL, 0, 0};
  if (!page || space_map(space, &area) || !page_map(space->directory, GATE_LINEAR, page, PAGE_PRESENT)) return false;
  frame_share(page);
  return true;
}
