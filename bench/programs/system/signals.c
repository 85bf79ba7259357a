/* Signals: installing a handler, being sent one, and those of a store to a read-only page, to nowhere, of a division. */
#include "program.h"

enum { SA_SIGINFO = 4, SA_RESTORER = 0x04000000, SA_NODEFER = 0x40000000 };
/* Where the instruction pointer lies in the user context: behind flags, link and stack, register 14. */
enum { CONTEXT_EIP = 20 + 14 * 4 };
/* The length of the instructions below that fault. */
enum { FAULTING = 2 };

typedef void handler(s32 signal, void *information, u8 *context);
struct action {
  handler *handler;
  u32 flags;
  void (*restorer)(void);
  u32 mask[2];
};

static volatile u32 handled;

static void counts(s32 signal, void *information, u8 *context) {
  (void)signal, (void)information, (void)context;
  handled++;
}

static void skips(s32 signal, void *information, u8 *context) {
  (void)signal, (void)information;
  *(u32 *)(context + CONTEXT_EIP) += FAULTING;
  handled++;
}

static void install(u32 signal, handler *handler) {
  struct action action = {handler, SA_SIGINFO | SA_RESTORER | SA_NODEFER, signal_return, {0, 0}};
  must("rt_sigaction", system_call(SYS_rt_sigaction, signal, &action, NULL, sizeof action.mask));
}

static NOINLINE void store_byte(volatile u8 *to) { __asm__ volatile("movb %%al, (%%edx)" : : "d"(to), "a"(1) : "memory"); }

static NOINLINE void divide_by_zero(void) {
  u32 low = 1, high = 0;
  __asm__ volatile("divl %%ecx" : "+a"(low), "+d"(high) : "c"(0) : "cc");
}

static u32 installing(u32 count, char **arguments) {
  (void)arguments;
  for (u32 i = 0; i < count; i++) install(SIGUSR1, counts);
  return count;
}

static u32 handling(u32 count, char **arguments) {
  (void)arguments;
  install(SIGUSR1, counts);
  s32 self = getpid();
  for (u32 i = 0; i < count; i++) kill(self, SIGUSR1);
  return handled;
}

static u32 store_to(volatile u8 *to, u32 count) {
  install(SIGSEGV, skips);
  for (u32 i = 0; i < count; i++) store_byte(to);
  return handled;
}

static u32 protection(u32 count, char **arguments) { return (void)arguments, store_to(map_memory(4096, PROT_READ), count); }
static u32 segment(u32 count, char **arguments) { return (void)arguments, store_to((u8 *)16, count); }

static u32 division(u32 count, char **arguments) {
  (void)arguments;
  install(SIGFPE, skips);
  for (u32 i = 0; i < count; i++) divide_by_zero();
  return handled;
}

u32 work(u32 count, char **arguments) {
  static const struct variant variants[] = {
      {"install", installing}, {"handle", handling}, {"protection", protection},
      {"segment", segment},    {"division", division},
  };
  return choose(variants, ARRAY_LENGTH(variants), count, arguments);
}
