/*
 * Starts programs on demand. Reads lines `NAME ARGUMENT...` from standard input, runs the program of that name, which lies
 * beside this one, and prints `finished STATUS CPU`: the status as waitpid has it, the time of the processor in
 * microseconds, as this kernel accounts it to the program and its children. As the first process of a kernel it needs
 * nothing else in the file system.
 */
#include "program.h"

enum { WORDS = 8, LINE = 256 };

static bool read_line(char *line) {
  for (u32 length = 0; length < LINE - 1;) {
    if (read(STDIN, line + length, 1) != 1) return false;
    if (line[length] != '\n' && line[length] != '\r') length++;
    else if (length) return line[length] = 0, true;
  }
  return false;
}

static void split(char *line, const char **words) {
  u32 length = 0;
  while (*line && length < WORDS - 1) {
    words[length++] = line;
    while (*line && *line != ' ') line++;
    while (*line == ' ') *line++ = 0;
  }
  words[length] = NULL;
}

struct timeval { u32 seconds, microseconds; };
struct usage { struct timeval user, system; u32 other[14]; };

static u32 microseconds(struct timeval time) { return time.seconds * 1000000u + time.microseconds; }

static void finished(s32 status, const struct usage *usage) {
  char line[64], *end = format_number(append(line, "finished "), (u32)status);
  end = format_number(append(end, " "), microseconds(usage->user) + microseconds(usage->system));
  end = append(end, "\n");
  write(STDOUT, line, (u32)(end - line));
}

static void run(char *line) {
  static const char *const environment[] = {NULL};
  char path[LINE];
  const char *words[WORDS];
  s32 status;
  struct usage usage = {0};
  split(line, words);
  beside(path, sizeof path, words[0]);
  words[0] = path;
  s32 pid = must("fork", fork());
  if (!pid) fail("exec", execve(path, words, environment));
  must("wait4", system_call(SYS_wait4, pid, &status, 0, &usage));
  finished(status, &usage);
}

__attribute__((noreturn, used)) void program_start(u32 argc, char **argv) {
  static const char ready[] = "runner ready\n";
  char line[LINE];
  program_path = argv[0];
  (void)argc;
  write(STDOUT, ready, sizeof ready - 1);
  while (read_line(line)) run(line);
  exit(0);
}
