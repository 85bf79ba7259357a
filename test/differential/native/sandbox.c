/*
 * Runs machine code from stdin on the real CPU and reports the exception that ended it: a process without a C
 * library, so that FS and GS stay null and nothing but the sandbox lies at low addresses.
 *
 * A request is struct request; the answer struct answer. Code ends with HLT, which raises an exception as well.
 */
#define _GNU_SOURCE
#include <asm/unistd.h>
#include <linux/mman.h>
#include <signal.h>
#include <stdint.h>
#include <ucontext.h>

#define CODE ((uint8_t *)0x10000000)
#define CODE_SIZE 0x1000
#define DATA ((uint8_t *)0x20000000)
#define WRITABLE_SIZE 0x2000
#define DATA_SIZE 0x3000

#define FPU_IMAGE 512

/* In place of a vector. */
#define DID_NOT_END 255
#define ITIMER_PROF 2

struct request {
  uint8_t fpu[FPU_IMAGE]; /* as FXRSTOR takes it */
  uint32_t registers[8]; /* in the order of their encoding */
  uint32_t eflags, padding[3];
  uint8_t code[CODE_SIZE];
  uint8_t data[DATA_SIZE];
};

struct answer {
  uint8_t fpu[FPU_IMAGE];
  uint32_t vector, code, cr2, eip, eflags;
  uint32_t registers[8], padding[3];
  uint8_t data[WRITABLE_SIZE];
};

static struct request request __attribute__((aligned(16)));
static struct answer answer;
static uint8_t signal_stack[0x10000];
uint8_t stack[0x10000];
/* What lies above the program: the stack the kernel gave, and its pages of code. */
#define ABOVE 0x60000000
#define END 0xffffe000
/* Read by enter(): the guest's ESP and entry, and the host's ESP while the guest runs. */
uint32_t guest_esp, guest_eip = 0x10000000, host_esp;

static long call(long number, long a, long b, long c, long d, long e) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
  return result;
}

static void leave_process(int status) {
  for (;;) call(__NR_exit_group, status, 0, 0, 0, 0);
}

/* Loads registers and flags from the words at `frame` (as POPA and POPF take them) and jumps into the sandbox. */
void enter(const uint32_t *frame);
void came_back(void);
void restorer(void);
__asm__(
    "enter:\n"
    "  mov 4(%esp), %eax\n"
    "  push %ebx\n  push %esi\n  push %edi\n  push %ebp\n"
    "  mov %esp, host_esp\n"
    "  mov %eax, %esp\n"
    "  popa\n"
    "  popf\n"
    "  mov guest_esp, %esp\n"
    "  jmp *guest_eip\n"
    "came_back:\n"
    "  pop %ebp\n  pop %edi\n  pop %esi\n  pop %ebx\n"
    "  ret\n"
    "restorer:\n"
    "  mov $173, %eax\n" /* rt_sigreturn */
    "  int $0x80\n"
    ".globl _start\n"
    "_start:\n"
    "  mov $stack + 0xfff0, %esp\n"
    "  call run\n");

static void copy(void *to, const void *from, long count) {
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}

/* A signal's frame has the FXSAVE image behind the older one of FSAVE and the kernel's two half words. */
#define FXSAVE_IN_FRAME 112

static const int ORDER[8] = {REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP, REG_EBP, REG_ESI, REG_EDI};

static void on_signal(int number, siginfo_t *info, void *context) {
  ucontext_t *user = context;
  greg_t *registers = user->uc_mcontext.gregs;
  (void)info;
  answer.vector = number == SIGPROF ? DID_NOT_END : registers[REG_TRAPNO];
  answer.code = number == SIGPROF ? 0 : registers[REG_ERR];
  answer.cr2 = user->uc_mcontext.cr2;
  answer.eip = registers[REG_EIP];
  answer.eflags = registers[REG_EFL];
  for (int i = 0; i < 8; i++) answer.registers[i] = registers[ORDER[i]];
  copy(answer.fpu, (uint8_t *)user->uc_mcontext.fpregs + FXSAVE_IN_FRAME, FPU_IMAGE);
  registers[REG_EIP] = (greg_t)came_back;
  registers[REG_ESP] = host_esp;
  registers[REG_EFL] = 0x202;
}

struct kernel_sigaction {
  void (*handler)(int, siginfo_t *, void *);
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
};

static void catch_signal(int number) {
  struct kernel_sigaction action = {on_signal, SA_SIGINFO | SA_ONSTACK | SA_NODEFER | 0x04000000, restorer, 0};
  if (call(__NR_rt_sigaction, number, (long)&action, 0, sizeof action.mask, 0)) leave_process(1);
}

static void map(uint8_t *at, long size) {
  /* The old mmap takes its arguments from memory; mmap2 has one more than call() passes. */
  uint32_t arguments[6] = {(uint32_t)at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0};
  if (call(__NR_mmap, (long)arguments, 0, 0, 0, 0) != (long)at) leave_process(1);
}

static void protect(uint8_t *at, long size, int rights) {
  if (call(__NR_mprotect, (long)at, size, rights, 0, 0)) leave_process(1);
}

/* Moves all of a block through stdin or stdout; 0 at the end of input. */
static int transfer(int number, int file, void *block, long size) {
  for (long done = 0; done < size;) {
    long count = call(number, file, (long)block + done, size - done, 0, 0);
    if (count == 0 && done == 0) return 0;
    if (count <= 0) leave_process(1);
    done += count;
  }
  return 1;
}

/* Code never runs for a second of CPU time; what does is stuck. */
static void watch(int seconds) {
  long timer[4] = {0, 0, seconds, 0};
  call(__NR_setitimer, ITIMER_PROF, (long)timer, 0, 0, 0);
}

__attribute__((used)) static void run(void) {
  stack_t alternate = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
  static const int SIGNALS[] = {SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGBUS, SIGPROF};
  call(__NR_sigaltstack, (long)&alternate, 0, 0, 0, 0);
  for (unsigned i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++) catch_signal(SIGNALS[i]);
  if (call(__NR_munmap, ABOVE, END - ABOVE, 0, 0, 0)) leave_process(1);
  map(CODE, CODE_SIZE);
  map(DATA, DATA_SIZE);
  while (transfer(__NR_read, 0, &request, sizeof request)) {
    protect(CODE, CODE_SIZE, PROT_READ | PROT_WRITE);
    copy(CODE, request.code, CODE_SIZE);
    protect(CODE, CODE_SIZE, PROT_READ | PROT_EXEC);
    protect(DATA, DATA_SIZE, PROT_READ | PROT_WRITE);
    copy(DATA, request.data, DATA_SIZE);
    protect(DATA + WRITABLE_SIZE, DATA_SIZE - WRITABLE_SIZE, PROT_READ);
    uint32_t frame[9];
    for (int i = 0; i < 8; i++) frame[7 - i] = request.registers[i];
    frame[8] = request.eflags;
    guest_esp = request.registers[4];
    watch(1);
    __asm__ volatile("fxrstor %0" : : "m"(request.fpu));
    enter(frame);
    watch(0);
    copy(answer.data, DATA, WRITABLE_SIZE);
    transfer(__NR_write, 1, &answer, sizeof answer);
  }
  leave_process(0);
}
