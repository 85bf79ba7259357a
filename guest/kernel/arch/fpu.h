/* The x87 registers, switched only when a process touches them: CR0.TS makes its first instruction raise #NM. */
#pragma once
#include "types.h"

/* The image FNSAVE writes in 32-bit protected mode. */
struct fpu_state {
  u8 image[108];
};

struct process;

void fpu_setup(void);

/* The scheduler runs `next` now: its next x87 instruction traps unless the registers are already its own. */
void fpu_switch(const struct process *next);

/* #NM: gives the registers to the running process. False when there is no FPU. */
bool fpu_claim(void);

/* Stores the registers into the running process's state if they are there, so that it can be copied. */
void fpu_flush(void);

/* The running process starts over with a fresh FPU (exec), or ends. */
void fpu_forget(void);
