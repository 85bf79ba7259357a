/* /proc: text about the running system, made anew at each read. */
#include "clock.h"
#include "cpu.h"
#include "filesystems.h"
#include "format.h"
#include "frames.h"
#include "layout.h"
#include "process.h"
#include "trap.h"
#include "vmi.h"

static u32 processes_text(char *buffer, u32 size) {
  static const char *const states[] = {"free", "run", "sleep", "zombie"};
  u32 length = (u32)format_string(buffer, size, "  PID  PPID STATE    USER  SYSTEM NAME\n");
  for (u32 i = 0; i < MAX_PROCESSES; i++) {
    const struct process *process = &processes[i];
    if (process->state == PROCESS_FREE) continue;
    length += (u32)format_string(buffer + length, size - length, "%5d %5d %-6s %6u %7u %s\n", process->pid,
                                 process->parent ? process->parent->pid : 0, states[process->state],
                                 process->times.user, process->times.system, process->name);
  }
  return length;
}

static u32 memory_text(char *buffer, u32 size) {
  u32 total = frames_total() * (PAGE_SIZE / 1024), unused = frames_free() * (PAGE_SIZE / 1024);
  return (u32)format_string(buffer, size, "MemTotal: %8u kB\nMemFree:  %8u kB\n", total, unused);
}

static u32 uptime_text(char *buffer, u32 size) {
  u32 nanoseconds, idle = processes[0].times.system;
  u32 seconds = (u32)divide_u64(clock_monotonic(), 1000000000, &nanoseconds);
  return (u32)format_string(buffer, size, "%u.%02u %u.%02u\n", seconds, nanoseconds / 10000000, idle / 100, idle % 100);
}

static u32 cpu_text(char *buffer, u32 size) {
  char description[128];
  cpu_describe(description, sizeof description);
  return (u32)format_string(buffer, size, "cpu: %s\nhypervisor: %s\n", description, platform_name());
}

static s32 generated_read(struct inode *inode, u32 offset, void *to, u32 length) {
  u32 frame = frame_allocate();
  if (!frame) return -ENOMEM;
  char *text = physical_to_virtual(frame);
  u32 size = inode->generate(text, PAGE_SIZE);
  s32 result = 0;
  if (offset < size) {
    if (length > size - offset) length = size - offset;
    result = user_copy(to, text + offset, length);
    if (!result) result = (s32)length;
  }
  frame_release(frame);
  return result;
}

static const struct inode_operations generated_operations = {.read = generated_read};

static const struct {
  const char *name;
  u32 (*generate)(char *buffer, u32 size);
} files[] = {{"cpuinfo", cpu_text}, {"meminfo", memory_text}, {"processes", processes_text}, {"uptime", uptime_text}};

void generated_setup(void) {
  static const struct inode_operations none;
  struct inode *directory = inode_create(inode_root(), "proc", S_IFDIR | 0755, &none);
  for (u32 i = 0; i < ARRAY_LENGTH(files); i++)
    inode_create(directory, files[i].name, S_IFREG | 0444, &generated_operations)->generate = files[i].generate;
}
