/*
 * A small shell: `shell -c COMMAND` runs one line of words and ends with its status; a word of command without a slash is
 * looked for beside the shell.
 */
#include "program.h"

enum { WORDS = 16, LINE = 256 };

static u32 split(char *line, const char **words) {
  u32 length = 0;
  while (length < WORDS - 1) {
    while (*line == ' ') line++;
    if (!*line) break;
    words[length++] = line;
    while (*line && *line != ' ') line++;
    if (*line) *line++ = 0;
  }
  words[length] = NULL;
  return length;
}

static bool has_slash(const char *word) {
  while (*word && *word != '/') word++;
  return *word;
}

static s32 run(const char *command) {
  static char line[LINE], path[LINE];
  static const char *const environment[] = {NULL};
  const char *words[WORDS];
  struct status status;
  s32 code;
  if (length_of(command) >= LINE) return 2;
  memcpy(line, command, length_of(command) + 1);
  if (!split(line, words)) return 0;
  beside(path, sizeof path, words[0]);
  const char *program = has_slash(words[0]) ? words[0] : path;
  if (stat64(program, &status) < 0) return 127;
  s32 pid = fork();
  if (!pid) exit(-execve(program, words, environment));
  if (pid < 0 || waitpid(pid, &code, 0) < 0) return 126;
  return code >> 8 & 0xFF;
}

__attribute__((noreturn, used)) void program_start(u32 argc, char **argv) {
  program_path = argv[0];
  exit(argc == 3 && equal(argv[1], "-c") ? run(argv[2]) : 2);
}
