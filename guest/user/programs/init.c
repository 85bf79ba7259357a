/* Process 1: keeps a shell on the console; with arguments, runs them as one shell command and powers off. */
#include "program.h"

static void shell_start(const char *command) {
  const char *arguments[] = {"sh", command ? "-c" : NULL, command, NULL};
  execve("/bin/sh", arguments, NULL);
  exit(complain("init", "/bin/sh", ENOENT));
}

static void wait_for(s32 pid) {
  s32 status, ended;
  do ended = waitpid(-1, &status, 0);
  while (ended != pid && ended > 0);
}

static void command_join(char *to, u32 size, char **words) {
  u32 length = 0;
  for (to[0] = 0; *words; words++) length += (u32)format_string(to + length, size - length, "%s ", *words);
}

int main(int count, char **arguments) {
  static char command[1024];
  open("/dev/console", O_RDWR, 0);
  dup2(0, 1);
  dup2(0, 2);
  command_join(command, sizeof command, arguments + 1);
  do {
    s32 pid = fork();
    if (pid == 0) shell_start(count > 1 ? command : NULL);
    wait_for(pid);
  } while (count == 1);
  return reboot(REBOOT_POWER_OFF);
}
