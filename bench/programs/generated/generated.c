/*
 * Code that the program writes itself. `compile` is a small compiler of expressions that reuses a buffer, runs each
 * function some hundred times and then writes the next over it; `rewrite` changes a constant inside a function before each
 * call.
 */
#include "program.h"

enum { BUFFER = 64 << 10, TERMS = 12, FUNCTION_ROOM = 128, RUNS = 200 };
typedef u32 function(u32);

static u8 *bytes(u8 *to, u32 value, u32 length) {
  for (; length; length--, value >>= 8) *to++ = (u8)value;
  return to;
}

/* The address, which the compiler shall not reason about. */
static function *runnable(void *code) {
  __asm__ volatile("" : "+r"(code) : : "memory");
  return (function *)code;
}

/* Operations on EAX with constants, then RET. */
static void operations(u8 *to, u32 seed) {
  for (u32 i = 0; i < TERMS; i++) {
    u32 random = next_random(&seed);
    switch (random >> 8 & 3) {
      case 0: to = bytes(bytes(to, 0x05, 1), random, 4); break;         /* add eax, imm32 */
      case 1: to = bytes(bytes(to, 0x35, 1), random, 4); break;         /* xor eax, imm32 */
      case 2: to = bytes(bytes(to, 0xC069, 2), random | 1, 4); break;   /* imul eax, eax, imm32 */
      default: to = bytes(bytes(to, 0xC0C1, 2), random & 31, 1); break; /* rol eax, imm8 */
    }
  }
  bytes(to, 0xC3, 1);
}

/* A function: mov eax, [esp + 4]; add eax, imm32; the operations. Returns where that first constant lies. */
static NOINLINE u8 *generate(u8 *to, u32 seed) {
  u8 *constant = bytes(bytes(to, 0x0424448B, 4), 0x05, 1);
  operations(bytes(constant, seed, 4), seed);
  return constant;
}

static u32 compile(u32 count, char **arguments) {
  (void)arguments;
  u8 *buffer = map_memory(BUFFER, PROT_READ | PROT_WRITE | PROT_EXEC);
  u32 x = 1;
  for (u32 i = 0; i < count; i++) {
    u8 *to = buffer + i % (BUFFER / FUNCTION_ROOM) * FUNCTION_ROOM;
    generate(to, i + 1);
    for (u32 run = 0; run < RUNS; run++) x = runnable(to)(x);
  }
  return x;
}

static u32 rewrite(u32 count, char **arguments) {
  (void)arguments;
  u8 *code = map_memory(4096, PROT_READ | PROT_WRITE | PROT_EXEC);
  u32 x = 1;
  u8 *constant = generate(code, 4711);
  for (u32 i = 0; i < count; i++) {
    bytes(constant, x, 4);
    x = runnable(code)(i);
  }
  return x;
}

u32 work(u32 count, char **arguments) {
  static const struct variant variants[] = {{"compile", compile}, {"rewrite", rewrite}};
  return choose(variants, ARRAY_LENGTH(variants), count, arguments);
}
