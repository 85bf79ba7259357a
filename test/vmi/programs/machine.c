/* What a process has of the processor: floating point, segments, I/O privilege, single steps; and time. */
#include "workload.h"

enum { TERMS = 20000, WORKERS = 4, YIELDS = 50 };

/* A sum that is rounded at every step, interrupted often: its bits tell of a lost register. */
static u32 series(u32 seed) {
  long double sum = 0, term = 1;
  for (u32 i = 1; i <= TERMS; i++) {
    term = term * (long double)(seed + 3) / (long double)(i % 17 + seed + 2);
    if (term > 1e6L) term = 1 / term;
    sum += term / (long double)i;
    if (i % (TERMS / YIELDS) == 0) yield();
  }
  union { double value; u32 words[2]; } bits = {(double)sum};
  return mix(bits.words[0], bits.words[1]);
}

u32 run_float(const char *disk) {
  s32 ends[2];
  u32 total = 0;
  (void)disk;
  must("pipe", pipe(ends));
  for (u32 worker = 0; worker < WORKERS; worker++) {
    if (must("fork", fork())) continue;
    u32 sum = series(worker);
    write_all(ends[1], &sum, sizeof sum);
    exit(0);
  }
  for (u32 worker = 0; worker < WORKERS; worker++) {
    u32 sum;
    s32 status;
    read_all(ends[0], &sum, sizeof sum);
    total += sum;
    must("waitpid", waitpid(-1, &status, 0));
  }
  return total;
}

/* struct user_desc: flags say 32-bit, data, limit in pages, usable. */
struct segment { u32 entry, base, limit, flags; };
enum { SEGMENT_32BIT = 1, SEGMENT_IN_PAGES = 16, SEGMENT_USABLE = 64 };
enum { ANY_ENTRY = ~0u, LDT_SELECTOR = 7, GDT_SELECTOR = 3 };

static u32 load_through_gs(u32 selector) {
  u32 value;
  __asm__ volatile("movw %w1, %%gs; movl %%gs:0, %0" : "=r"(value) : "r"(selector));
  return value;
}

static u32 gs_selector(void) {
  u32 selector;
  __asm__ volatile("movw %%gs, %w0" : "=r"(selector));
  return selector & 0xFFFF;
}

/* Two processes with different descriptors of the same number switch back and forth; each keeps its own. */
static u32 own_segments(u32 which) {
  static u32 cells[2];
  cells[0] = 1000 + which;
  cells[1] = 2000 + which;
  struct segment local = {3, (u32)&cells[0], 0xFFFFF, SEGMENT_32BIT | SEGMENT_IN_PAGES | SEGMENT_USABLE};
  struct segment thread = {ANY_ENTRY, (u32)&cells[1], 0xFFFFF, SEGMENT_32BIT | SEGMENT_IN_PAGES | SEGMENT_USABLE};
  must("modify_ldt", system_call(SYS_modify_ldt, 1, &local, sizeof local));
  must("set_thread_area", system_call(SYS_set_thread_area, &thread));
  u32 sum = 0;
  for (u32 i = 0; i < YIELDS; i++) {
    u32 selector = i & 1 ? local.entry << 3 | LDT_SELECTOR : thread.entry << 3 | GDT_SELECTOR;
    sum = mix(sum, load_through_gs(selector));
    yield();
    expect("GS after a switch", gs_selector() == selector);
    sum = mix(sum, load_through_gs(selector));
  }
  return sum;
}

u32 run_segments(const char *disk) {
  s32 ends[2];
  u32 other;
  (void)disk;
  must("pipe", pipe(ends));
  s32 pid = must("fork", fork());
  if (!pid) {
    u32 sum = own_segments(1);
    write_all(ends[1], &sum, sizeof sum);
    exit(0);
  }
  u32 sum = own_segments(2);
  read_all(ends[0], &other, sizeof other);
  wait_for(pid);
  return mix(sum, other);
}

static u32 flags(void) {
  u32 value;
  __asm__ volatile("pushfl; popl %0" : "=r"(value));
  return value;
}

enum { IOPL = 0x3000, SCRATCH_REGISTER = 0x3F8 + 7 };

/* With I/O privilege a process may use ports; another one, switched to in between, may not. */
u32 run_privilege(const char *disk) {
  u32 sum = mix(0, flags() & IOPL);
  (void)disk;
  s32 pid = must("fork", fork());
  if (!pid) {
    for (u32 i = 0; i < YIELDS; i++) {
      expect("no privilege", (flags() & IOPL) == 0);
      yield();
    }
    exit(0);
  }
  must("iopl", system_call(SYS_iopl, 3));
  for (u32 i = 0; i < YIELDS; i++) {
    u8 value = (u8)(i * 3);
    __asm__ volatile("outb %0, %w1" : : "a"(value), "d"(SCRATCH_REGISTER));
    yield();
    __asm__ volatile("inb %w1, %0" : "=a"(value) : "d"(SCRATCH_REGISTER));
    sum = mix(mix(sum, value), flags() & IOPL);
  }
  wait_for(pid);
  return sum;
}

enum { PTRACE_TRACEME = 0, PTRACE_SINGLESTEP = 9, WSTOPPED = 0x7F };

/* Steps through a child that executes a known number of instructions behind its stop. */
u32 run_steps(const char *disk) {
  s32 status;
  u32 steps = 0;
  (void)disk;
  s32 pid = must("fork", fork());
  if (!pid) {
    must("ptrace", system_call(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0));
    __asm__ volatile(
        "int $0x80\n\t" /* kill(self, SIGSTOP) */
        "movl $100, %%ecx\n"
        "1: addl %%ecx, %%eax\n\t"
        "decl %%ecx\n\t"
        "jnz 1b\n\t"
        "movl $1, %%eax\n\t" /* exit(0) */
        "xorl %%ebx, %%ebx\n\t"
        "int $0x80"
        : : "a"(SYS_kill), "b"(getpid()), "c"(SIGSTOP) : "memory");
    exit(1);
  }
  must("waitpid", waitpid(pid, &status, 0));
  expect("stopped", (status & 0xFF) == WSTOPPED && (status >> 8) == SIGSTOP);
  for (;;) {
    must("ptrace", system_call(SYS_ptrace, PTRACE_SINGLESTEP, pid, 0, 0));
    must("waitpid", waitpid(pid, &status, 0));
    if ((status & 0xFF) != WSTOPPED) break;
    expect("a step", (status >> 8) == SIGTRAP);
    steps++;
  }
  return mix(steps, (u32)status);
}

struct timespec { s32 seconds, nanoseconds; };
enum { SLEEPS = 5, SLEEP_NANOSECONDS = 20000000 };

static u64 now(void) {
  struct timespec time;
  must("clock_gettime", system_call(SYS_clock_gettime, CLOCK_MONOTONIC, &time));
  return (u64)(u32)time.seconds * 1000000000u + (u32)time.nanoseconds;
}

/* Time never goes back, and no sleep is shorter than it was asked to be. */
u32 run_clock(const char *disk) {
  const struct timespec pause = {0, SLEEP_NANOSECONDS};
  (void)disk;
  for (u32 i = 0; i < SLEEPS; i++) {
    u64 before = now();
    must("nanosleep", system_call(SYS_nanosleep, &pause, NULL));
    expect("the length of a sleep", now() - before >= SLEEP_NANOSECONDS);
  }
  u64 last = now();
  for (u32 i = 0; i < 10000; i++) {
    u64 time = now();
    expect("time goes on", time >= last);
    last = time;
  }
  return mix(0, SLEEPS);
}
