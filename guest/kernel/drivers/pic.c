/* Command words as in Intel's 8259A data sheet. */
#include "pic.h"
#include "io.h"

enum {
  PRIMARY = 0x20, SECONDARY = 0xA0, DATA = 1,
  ICW1_INIT_ICW4 = 0x11, ICW4_8086 = 0x01,
  OCW2_EOI = 0x20, OCW3_READ_IRR = 0x0A, OCW3_READ_ISR = 0x0B,
  SPURIOUS = 7, /* the lowest line of either chip */
};

static u16 mask = (u16)~(1u << IRQ_CASCADE);

static void mask_write(void) {
  port_write8(PRIMARY + DATA, (u8)mask);
  port_write8(SECONDARY + DATA, (u8)(mask >> 8));
}

static void chip_setup(u16 port, u8 vector, u8 cascade) {
  port_write8(port, ICW1_INIT_ICW4);
  port_write8(port + DATA, vector);
  port_write8(port + DATA, cascade);
  port_write8(port + DATA, ICW4_8086);
}

void pic_setup(void) {
  chip_setup(PRIMARY, VECTOR_IRQ0, 1 << IRQ_CASCADE);
  chip_setup(SECONDARY, VECTOR_IRQ0 + 8, IRQ_CASCADE);
  mask_write();
}

void pic_unmask(u32 irq) {
  mask &= (u16)~(1u << irq);
  mask_write();
}

static u8 chip_read(u16 port, u8 which) {
  port_write8(port, which);
  return port_read8(port);
}

bool pic_acknowledge(u32 irq) {
  u16 port = irq < 8 ? PRIMARY : SECONDARY;
  bool real = irq % 8 != SPURIOUS || (chip_read(port, OCW3_READ_ISR) & 1 << SPURIOUS);
  if (real) port_write8(port, OCW2_EOI);
  if (irq >= 8) port_write8(PRIMARY, OCW2_EOI); /* the first chip saw its cascade line either way */
  return real;
}

bool pic_requested(u32 irq) { return chip_read(irq < 8 ? PRIMARY : SECONDARY, OCW3_READ_IRR) & 1 << irq % 8; }
