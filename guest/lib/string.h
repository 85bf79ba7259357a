/* The memory and string functions of C that kernel and programs share. */
#pragma once
#include "types.h"

void *memcpy(void *to, const void *from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *to, int value, size_t length);
int memcmp(const void *a, const void *b, size_t length);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t length);
const char *strchr(const char *text, int character);

/* Copies with truncation; the result always ends in NUL. `size` is that of the destination, at least 1. */
void string_copy(char *to, const char *from, size_t size);
