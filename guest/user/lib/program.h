/* What every program uses: system calls, strings, and text in and out. */
#pragma once
#include "format.h"
#include "string.h"
#include "system.h"

enum { STDIN, STDOUT, STDERR };

/* Formats to standard output, or to `fd`; written out when the call returns. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_to(s32 fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes all of it. False when that fails. */
bool write_all(s32 fd, const void *from, u32 length);

/* What an error number means, in words. `error` may be negative. */
const char *error_text(s32 error);

/* Prints "program: what: why" to standard error; returns 1, an exit code. */
s32 complain(const char *program, const char *what, s32 error);

/* Decimal digits as a number; `fallback` when `text` is NULL or begins with none. */
u32 parse_number(const char *text, u32 fallback);

/* Calls `use` for standard input, or for every named file; `program` is for complaints. Returns an exit code. */
s32 for_each_input(const char *program, char **names, s32 (*use)(s32 fd, const char *name));
