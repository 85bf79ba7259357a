/* sh [-c LINE] */
#include "shell.h"

u32 last_code;
bool interactive;

static void greeting_print(void) {
  char buffer[256];
  s32 fd = open("/etc/motd", O_RDONLY, 0);
  if (fd < 0) return;
  s32 length = read(fd, buffer, sizeof buffer);
  if (length > 0) write_all(STDOUT, buffer, (u32)length);
  close(fd);
}

/* Ended background processes of the shell. */
static void children_reap(void) {
  s32 status;
  while (waitpid(-1, &status, WNOHANG) > 0);
}

/* Reads up to the next line end, byte by byte: what follows is for others. False at the end of input. */
static bool line_read(char *line) {
  u32 length = 0;
  char character;
  while (read(STDIN, &character, 1) == 1) {
    if (character == '\n') {
      line[length] = 0;
      return true;
    }
    if (length < MAX_LINE - 1) line[length++] = character;
  }
  line[length] = 0;
  return length != 0;
}

int main(int count, char **arguments) {
  static char line[MAX_LINE];
  if (count == 3 && !strcmp(arguments[1], "-c")) {
    line_run(arguments[2]);
    return (int)last_code;
  }
  s32 group = getpid();
  setpgid(0, 0);
  interactive = ioctl(STDIN, TIOCSPGRP, &group) == 0;
  ignore_signal(SIGINT, true);
  if (interactive) greeting_print();
  for (;;) {
    children_reap();
    if (interactive) write_all(STDOUT, "vmi86# ", 7);
    if (!line_read(line)) break;
    line_run(line);
  }
  return (int)last_code;
}
