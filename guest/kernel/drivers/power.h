/* Ends of the machine. All stop for good when the board does not do what was asked. */
#pragma once

void machine_restart(void) __attribute__((noreturn));
void machine_power_off(void) __attribute__((noreturn));
void machine_halt(void) __attribute__((noreturn));
