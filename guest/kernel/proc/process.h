/* Processes: one thread, one address space and one kernel stack each. */
#pragma once
#include "abi.h"
#include "fpu.h"
#include "space.h"
#include "trap.h"

enum { MAX_PROCESSES = 64, MAX_FILES = 32, KERNEL_STACK_SIZE = 8192 };

enum process_state { PROCESS_FREE, PROCESS_RUNNABLE, PROCESS_SLEEPING, PROCESS_ZOMBIE };

struct file;
struct inode;

struct process {
  s32 pid, group;
  enum process_state state;
  struct process *parent, *next_runnable;
  u32 kernel_esp;      /* where context_switch left the stack */
  const void *channel; /* what it sleeps on */
  u32 deadline;        /* tick it sleeps to at the latest, 0: for ever */
  u32 fatal_signal, ignored_signals;
  s32 exit_status; /* as wait reports it */
  u32 thread_base; /* of THREAD_SELECTOR */
  struct time_counts times;
  struct space space;
  struct file *files[MAX_FILES];
  struct inode *directory;
  struct fpu_state fpu;
  bool fpu_used;
  char name[16];
};

extern struct process *current;
extern struct process processes[MAX_PROCESSES];

/* The boot code becomes the idle process. */
void processes_setup(void);

/* Process 1: starts in the kernel with `start`, which is to exec. */
void process_start_first(void (*start)(struct trap_frame *));

/* A copy of the running process that returns 0 from the system call in `frame`. Its pid, -EAGAIN or -ENOMEM. */
s32 process_fork(const struct trap_frame *frame);

/* Replaces the running program. `arguments` and `environment` are user addresses of pointer arrays, or 0. */
s32 process_exec(struct trap_frame *frame, const char *path, u32 arguments, u32 environment);

/* `status` as wait reports it: exit code << 8, or the signal. */
void process_exit(s32 status) __attribute__((noreturn));

/* Reaps a child: `pid` or, with -1, any. Its pid, 0 (WNOHANG and none has ended), -ECHILD or -EINTR. */
s32 process_wait(s32 pid, u32 options, s32 *status, struct time_counts *times);

/* The process with this pid that has not ended; NULL when there is none. */
struct process *process_find(s32 pid);
