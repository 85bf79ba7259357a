/* The console on COM1: kernel messages, and a terminal with line editing for programs. */
#pragma once
#include "types.h"

/* Output works from here on, input after console_start. */
void console_setup(void);
void console_start(void);

/* Kernel messages; see format.h for what the format knows. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Buffers may be user memory. Bytes moved, or a negative error. */
s32 console_read(void *to, u32 length);
s32 console_write(const void *from, u32 length);
s32 console_control(u32 request, u32 argument);
