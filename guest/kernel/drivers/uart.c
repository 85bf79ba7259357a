/* Registers as in National Semiconductor's PC16550D data sheet. */
#include "uart.h"
#include "io.h"
#include "pic.h"
#include "privileged.h"

enum {
  BASE = 0x3F8, DATA = BASE, INTERRUPT_ENABLE = BASE + 1, FIFO_CONTROL = BASE + 2, INTERRUPT_ID = BASE + 2,
  LINE_CONTROL = BASE + 3, MODEM_CONTROL = BASE + 4, LINE_STATUS = BASE + 5,
  DIVISOR_LOW = BASE, DIVISOR_HIGH = BASE + 1,
  LINE_8N1 = 0x03, LINE_DIVISOR = 0x80, FIFO_ENABLE_CLEAR = 0x07, FIFO_WORKS = 0xC0,
  MODEM_DTR_RTS_OUT2 = 0x0B, /* OUT2 gates the interrupt line on a PC */
  RECEIVE_INTERRUPT = 0x01, STATUS_DATA = 0x01, STATUS_ROOM = 0x20,
  NOTHING_THERE = 0xFF,
  FIFO_SIZE = 16, RECEIVE_LIMIT = 64,
};

static bool present;
static u32 burst = 1; /* bytes that fit when the transmitter says it has room */
static u32 room;
static void (*receiver)(u8 byte);

void uart_setup(void) {
  present = port_read8(LINE_STATUS) != NOTHING_THERE;
  port_write8(INTERRUPT_ENABLE, 0);
  port_write8(LINE_CONTROL, LINE_DIVISOR);
  port_write8(DIVISOR_LOW, 1);
  port_write8(DIVISOR_HIGH, 0);
  port_write8(LINE_CONTROL, LINE_8N1);
  port_write8(FIFO_CONTROL, FIFO_ENABLE_CLEAR);
  port_write8(MODEM_CONTROL, MODEM_DTR_RTS_OUT2);
  if ((port_read8(INTERRUPT_ID) & FIFO_WORKS) == FIFO_WORKS) burst = FIFO_SIZE;
}

static void interrupt(const struct trap_frame *frame) {
  (void)frame;
  for (u32 i = 0; i < RECEIVE_LIMIT && (port_read8(LINE_STATUS) & STATUS_DATA); i++) receiver(port_read8(DATA));
}

void uart_receive_with(void (*receive)(u8 byte)) {
  receiver = receive;
  irq_install(IRQ_SERIAL, interrupt);
  port_write8(INTERRUPT_ENABLE, RECEIVE_INTERRUPT);
}

bool uart_send(u8 byte) {
  if (!present) return true;
  u32 flags = irq_save();
  if (!room && (port_read8(LINE_STATUS) & STATUS_ROOM)) room = burst;
  bool sent = room != 0;
  if (sent) room--, port_write8(DATA, byte);
  irq_restore(flags);
  return sent;
}
