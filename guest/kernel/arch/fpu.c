#include "fpu.h"
#include "cpu.h"
#include "privileged.h"
#include "process.h"
#include "raw.h"

static struct process *owner; /* whose values the registers hold */
static bool present;
static bool trapping; /* CR0.TS */

static void save(struct fpu_state *state) { __asm__ volatile("fnsave %0\n\tfwait" : "=m"(*state)); }
static void restore(const struct fpu_state *state) { __asm__ volatile("frstor %0" ::"m"(*state)); }
static void initialise(void) { __asm__ volatile("fninit"); }

static void disown(void) {
  cr0_write(cr0_read() | CR0_TS);
  trapping = true;
}

static void own(void) {
  cr0_clear_task_switched();
  trapping = false;
}

/* Without CPUID: an absent FPU leaves the status word as it was (Intel AP-485). */
static bool probe(void) {
  if (cpuid_available()) return cpu_features() & CPU_FPU;
  u16 status = 0x5A5A;
  __asm__ volatile("fninit\n\tfnstsw %0" : "+m"(status));
  return status == 0;
}

void fpu_setup(void) {
  u32 cr0 = cr0_read() & ~(CR0_EM | CR0_TS);
  cr0_write(cr0 | CR0_MP | CR0_NE);
  present = probe();
  trapping = present;
  cr0_write(cr0 | CR0_NE | CR0_MP | (present ? CR0_TS : CR0_EM));
}

void fpu_switch(const struct process *next) {
  if (!present) return;
  if (next == owner && trapping) own();
  else if (next != owner && !trapping) disown();
}

bool fpu_claim(void) {
  if (!present) return false;
  u32 flags = irq_save();
  own();
  if (owner != current) {
    /* FNSAVE initialises as well: FRSTOR must not meet the exceptions of somebody who is gone. */
    if (owner) save(&owner->fpu);
    else initialise();
    if (current->fpu_used) restore(&current->fpu);
    current->fpu_used = true;
    owner = current;
  }
  irq_restore(flags);
  return true;
}

void fpu_flush(void) {
  if (owner != current) return;
  save(&current->fpu);
  owner = NULL;
  disown();
}

void fpu_forget(void) {
  current->fpu_used = false;
  if (owner != current) return;
  owner = NULL;
  disown();
}
