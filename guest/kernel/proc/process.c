#include "process.h"
#include "console.h"
#include "descriptors.h"
#include "file.h"
#include "inode.h"
#include "privileged.h"
#include "scheduler.h"
#include "string.h"

struct process processes[MAX_PROCESSES];
static u8 stacks[MAX_PROCESSES][KERNEL_STACK_SIZE] __attribute__((aligned(16)));
static s32 last_pid;

/* What context_switch finds on a stack that has not run yet. */
struct first_context {
  u32 edi, esi, ebx, ebp;
  void (*entry)(void);
  struct trap_frame frame;
};

extern void process_entry(void);

static struct process *const idle = &processes[0];
struct process *current = &processes[0];

u32 process_stack_top(const struct process *process) { return (u32)stacks[process - processes] + KERNEL_STACK_SIZE; }

void processes_setup(void) {
  idle->state = PROCESS_RUNNABLE;
  string_copy(idle->name, "idle", sizeof idle->name);
}

static s32 next_pid(void) {
  do last_pid = last_pid == 32767 ? 2 : last_pid + 1;
  while (process_find(last_pid));
  return last_pid;
}

static struct process *process_allocate(void) {
  for (u32 i = 1; i < MAX_PROCESSES; i++) {
    struct process *process = &processes[i];
    if (process->state != PROCESS_FREE) continue;
    memset(process, 0, sizeof *process);
    process->pid = next_pid();
    return process;
  }
  return NULL;
}

/* Lays the first context and trap frame on the process's stack. */
static struct trap_frame *stack_prepare(struct process *process, void (*start)(struct trap_frame *)) {
  struct first_context *context = (void *)(process_stack_top(process) - sizeof *context);
  memset(context, 0, sizeof *context);
  context->ebx = (u32)start;
  context->entry = process_entry;
  process->kernel_esp = (u32)context;
  return &context->frame;
}

void process_start_first(void (*start)(struct trap_frame *)) {
  struct process *process = process_allocate();
  process->parent = idle;
  process->group = process->pid;
  process->directory = inode_root();
  inode_hold(process->directory);
  space_create(&process->space);
  struct trap_frame *frame = stack_prepare(process, start);
  frame->cs = USER_CODE;
  frame->eflags = EFLAGS_IF;
  process_make_runnable(process);
}

s32 process_fork(const struct trap_frame *frame) {
  struct process *child = process_allocate();
  if (!child) return -EAGAIN;
  if (!space_fork(&child->space, &current->space)) return -ENOMEM;
  child->parent = current;
  child->group = current->group;
  child->ignored_signals = current->ignored_signals;
  child->thread_base = current->thread_base;
  child->directory = current->directory;
  inode_hold(child->directory);
  files_share(child->files, current->files);
  fpu_flush();
  child->fpu = current->fpu;
  child->fpu_used = current->fpu_used;
  memcpy(child->name, current->name, sizeof child->name);
  struct trap_frame *copy = stack_prepare(child, NULL);
  *copy = *frame;
  copy->eax = 0;
  process_make_runnable(child);
  return child->pid;
}

/* Children of the one that ends go to process 1. */
static void children_give_away(void) {
  for (u32 i = 1; i < MAX_PROCESSES; i++) {
    struct process *child = &processes[i];
    if (child->state == PROCESS_FREE || child->parent != current) continue;
    child->parent = &processes[1];
    if (child->state == PROCESS_ZOMBIE) wake_all(child->parent);
  }
}

void process_exit(s32 status) {
  if (current->pid == 1) print("kernel: init has ended, status %x\n", status), halt_forever();
  files_close_all(current->files);
  fpu_forget();
  space_destroy(&current->space);
  inode_release(current->directory);
  children_give_away();
  irq_disable();
  current->exit_status = status;
  current->state = PROCESS_ZOMBIE;
  wake_all(current->parent);
  schedule();
  __builtin_unreachable();
}

static s32 process_reap(struct process *child, s32 *status, struct time_counts *times) {
  *status = child->exit_status;
  *times = child->times;
  current->times.children_user += child->times.user + child->times.children_user;
  current->times.children_system += child->times.system + child->times.children_system;
  child->state = PROCESS_FREE;
  return child->pid;
}

s32 process_wait(s32 pid, u32 options, s32 *status, struct time_counts *times) {
  for (;;) {
    bool any = false;
    for (u32 i = 1; i < MAX_PROCESSES; i++) {
      struct process *child = &processes[i];
      if (child->state == PROCESS_FREE || child->parent != current || (pid > 0 && child->pid != pid)) continue;
      if (child->state == PROCESS_ZOMBIE) return process_reap(child, status, times);
      any = true;
    }
    if (!any) return -ECHILD;
    if (options & WNOHANG) return 0;
    sleep_on(current, 0);
    if (current->fatal_signal) return -EINTR;
  }
}

struct process *process_find(s32 pid) {
  for (u32 i = 1; i < MAX_PROCESSES; i++)
    if (processes[i].state != PROCESS_FREE && processes[i].pid == pid) return &processes[i];
  return NULL;
}
