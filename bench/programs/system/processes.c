/* Making processes: fork; fork and exec; fork and exec of a shell that starts a program. */
#include "program.h"

static char shell[128], command[128];

static void run(const char *path, const char *const *words) {
  static const char *const environment[] = {NULL};
  s32 pid = fork();
  if (!pid) exit(-execve(path, words, environment));
  wait_for(pid);
}

static u32 forks(u32 count, char **arguments) {
  (void)arguments;
  for (u32 i = 0; i < count; i++) {
    s32 pid = fork();
    if (!pid) exit(0);
    wait_for(pid);
  }
  return count;
}

static u32 execs(u32 count, char **arguments) {
  (void)arguments;
  beside(command, sizeof command, "nothing");
  const char *words[] = {command, NULL};
  for (u32 i = 0; i < count; i++) run(command, words);
  return count;
}

static u32 shells(u32 count, char **arguments) {
  (void)arguments;
  beside(shell, sizeof shell, "shell");
  beside(command, sizeof command, "nothing");
  const char *words[] = {shell, "-c", command, NULL};
  for (u32 i = 0; i < count; i++) run(shell, words);
  return count;
}

/* Grown processes: all that fork copies and exit frees is page tables of some megabytes. */
static u32 large(u32 count, char **arguments) {
  u8 *memory = map_memory(8 << 20, PROT_READ | PROT_WRITE);
  for (u32 at = 0; at < 8 << 20; at += 4096) memory[at] = 1;
  return forks(count, arguments);
}

u32 work(u32 count, char **arguments) {
  static const struct variant variants[] = {{"fork", forks}, {"exec", execs}, {"shell", shells}, {"large", large}};
  return choose(variants, ARRAY_LENGTH(variants), count, arguments);
}
