#include "shell.h"

static s32 change_directory(char *const *words) {
  s32 error = chdir(words[1] ? words[1] : "/");
  return error < 0 ? complain("cd", words[1], error) : 0;
}

static s32 print_directory(char *const *words) {
  char path[256];
  (void)words;
  if (getcwd(path, sizeof path) < 0) return 1;
  print("%s\n", path);
  return 0;
}

static s32 echo(char *const *words) {
  bool newline = !words[1] || strcmp(words[1], "-n");
  for (u32 i = newline ? 1 : 2; words[i]; i++) print("%s%s", words[i], words[i + 1] ? " " : "");
  if (newline) print("\n");
  return 0;
}

static s32 leave(char *const *words) { exit((s32)parse_number(words[1], last_code)); }

static s32 restart(char *const *words) {
  (void)words;
  return reboot(REBOOT_RESTART) < 0;
}

static s32 power_off(char *const *words) {
  (void)words;
  return reboot(REBOOT_POWER_OFF) < 0;
}

static s32 halt(char *const *words) {
  (void)words;
  return reboot((u32)REBOOT_HALT) < 0;
}

static s32 succeed(char *const *words) { return (void)words, 0; }
static s32 fail(char *const *words) { return (void)words, 1; }

static s32 help(char *const *words);

static const struct {
  const char *name;
  s32 (*run)(char *const *words);
  const char *help;
} builtins[] = {
    {"cd", change_directory, "cd [DIRECTORY]"},
    {"echo", echo, "echo [-n] [WORD...]"},
    {"exit", leave, "exit [CODE]"},
    {"false", fail, "false"},
    {"halt", halt, "halt"},
    {"help", help, "help"},
    {"poweroff", power_off, "poweroff"},
    {"pwd", print_directory, "pwd"},
    {"reboot", restart, "reboot"},
    {"true", succeed, "true"},
};

static s32 help(char *const *words) {
  (void)words;
  print("Commands of the shell:\n");
  for (u32 i = 0; i < ARRAY_LENGTH(builtins); i++) print("  %s\n", builtins[i].help);
  print("  run PROGRAM [ARGUMENT...]\n  time COMMAND\n");
  print("Joined by | ; & and redirected by < > >>; $? is the last exit code.\nPrograms in /bin:\n");
  line_run("ls /bin");
  return 0;
}

bool builtin_run(const struct command *command) {
  for (u32 i = 0; i < ARRAY_LENGTH(builtins); i++) {
    if (strcmp(command->words[0], builtins[i].name)) continue;
    last_code = (u32)builtins[i].run(command->words);
    return true;
  }
  return false;
}
