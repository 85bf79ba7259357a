#pragma once
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef _Bool bool;
enum { false, true };
#define NULL ((void *)0)
#define ARRAY_LENGTH(array) (sizeof(array) / sizeof *(array))
#define NOINLINE __attribute__((noinline))
