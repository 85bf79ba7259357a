#include "power.h"
#include "console.h"
#include "io.h"
#include "privileged.h"

enum {
  KEYBOARD_STATUS = 0x64,
  PATIENCE_READS = 1000000, /* of a port, before the board is taken not to have done it */
  PM1A_CONTROL = 0x604, PM1_SLEEP_ENABLE = 1 << 13, /* sleep type 0 is S5 on this board */
};

static void give_time(void) {
  for (u32 i = 0; i < PATIENCE_READS; i++) port_read8(KEYBOARD_STATUS);
}

void machine_halt(void) {
  print("System halted.\n");
  halt_forever();
}

void machine_restart(void) {
  irq_disable();
  print("Restarting.\n");
  machine_reset();
  give_time();
  machine_halt();
}

void machine_power_off(void) {
  irq_disable();
  print("Power off.\n");
  port_write16(PM1A_CONTROL, PM1_SLEEP_ENABLE);
  give_time();
  machine_halt();
}
