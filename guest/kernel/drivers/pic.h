/* The two 8259A interrupt controllers. */
#pragma once
#include "trap.h"

enum { IRQ_COUNT = 16, IRQ_TIMER = 0, IRQ_CASCADE = 2, IRQ_SERIAL = 4 };

typedef void (*irq_handler)(const struct trap_frame *frame);

/* IRQ 0 … 15 become vectors VECTOR_IRQ0 …, all masked. */
void pic_setup(void);
void pic_unmask(u32 irq);

/* Ends the interrupt at the controller. False when it was spurious. */
bool pic_acknowledge(u32 irq);

/* Whether the line has a request that the CPU has not taken yet. */
bool pic_requested(u32 irq);

/* trap.c: calls `handler` with interrupts off from now on, and unmasks the line. */
void irq_install(u32 irq, irq_handler handler);

/* How many interrupts the line has had. */
u32 irq_count(u32 irq);
