/* The 16550 at COM1. */
#pragma once
#include "types.h"

/* 115200 8N1, FIFOs on if there are any. `receive` gets every byte that arrives, with interrupts off. */
void uart_setup(void);
void uart_receive_with(void (*receive)(u8 byte));

/* Hands a byte to the transmitter. False when it has no room now. */
bool uart_send(u8 byte);
