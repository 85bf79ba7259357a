/* Signals: sent, raised by faults, by a timer; ends that a signal makes. */
#include "workload.h"

enum { SA_SIGINFO = 4, SA_RESTORER = 0x04000000, SA_NODEFER = 0x40000000 };
/* Where the instruction pointer lies in the user context: behind flags, link and stack, register 14. */
enum { CONTEXT_EIP = 20 + 14 * 4 };
enum { SENT = 200, RAISED = 50, TICKS = 5, TICK_MICROSECONDS = 10000 };

void handle_signal(u32 signal, signal_handler *handler) {
  const struct {
    signal_handler *handler;
    u32 flags;
    void (*restorer)(void);
    u32 mask[2];
  } action = {handler, SA_SIGINFO | SA_RESTORER | SA_NODEFER, signal_return, {0, 0}};
  must("rt_sigaction", system_call(SYS_rt_sigaction, signal, &action, NULL, sizeof action.mask));
}

static volatile u32 seen[32];

static void count(s32 signal, void *information, u8 *context) {
  (void)information, (void)context;
  seen[signal]++;
}

/* The instructions below that fault are two bytes long. */
static void skip(s32 signal, void *information, u8 *context) {
  count(signal, information, context);
  *(u32 *)(context + CONTEXT_EIP) += 2;
}

static void raise_faults(void) {
  u32 low = 1, high = 0;
  __asm__ volatile("divl %%ecx" : "+a"(low), "+d"(high) : "c"(0) : "cc");
  __asm__ volatile("ud2");
  __asm__ volatile("movl %%eax, (%%edx)" : : "d"(0), "a"(0) : "memory");
}

u32 run_signals(const char *disk) {
  s32 self = getpid(), status;
  (void)disk;
  handle_signal(SIGUSR1, count);
  for (u32 i = 0; i < SENT; i++) must("kill", kill(self, SIGUSR1));
  handle_signal(SIGFPE, skip);
  handle_signal(SIGILL, skip);
  handle_signal(SIGSEGV, skip);
  for (u32 i = 0; i < RAISED; i++) raise_faults();
  u32 sum = mix(mix(mix(seen[SIGUSR1], seen[SIGFPE]), seen[SIGILL]), seen[SIGSEGV]);
  s32 pid = must("fork", fork());
  if (!pid)
    for (;;) yield();
  must("kill", kill(pid, SIGKILL));
  must("waitpid", waitpid(pid, &status, 0));
  return mix(sum, (u32)status);
}

/* The timer interrupts a program that does nothing but count. */
u32 run_alarms(const char *disk) {
  const u32 every[4] = {0, TICK_MICROSECONDS, 0, TICK_MICROSECONDS};
  static const u32 never[4];
  (void)disk;
  handle_signal(SIGALRM, count);
  must("setitimer", system_call(SYS_setitimer, 0, every, NULL));
  while (seen[SIGALRM] < TICKS) __asm__ volatile("" : : : "memory");
  must("setitimer", system_call(SYS_setitimer, 0, never, NULL));
  return mix(0, TICKS);
}
