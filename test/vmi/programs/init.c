/*
 * The first process: a small shell. Its commands: cat FILE, poweroff, reboot; any other word is a program in /bin. After
 * each it prints the status, then the prompt again.
 */
#include "workload.h"

enum { WORDS = 8, LINE = 256 };
enum { MAGIC = 0xFEE1DEADu, MAGIC2 = 672274793, POWER_OFF = 0x4321FEDC, RESTART = 0x01234567 };

static void print(const char *text) { write_all(STDOUT, text, length_of(text)); }

static bool read_line(char *line) {
  for (u32 length = 0; length < LINE - 1;) {
    if (read(STDIN, line + length, 1) != 1) return false;
    if (line[length] != '\n' && line[length] != '\r') length++;
    else return line[length] = 0, true;
  }
  return false;
}

static u32 split(char *line, const char **words) {
  u32 length = 0;
  while (length < WORDS - 1) {
    while (*line == ' ') *line++ = 0;
    if (!*line) break;
    words[length++] = line;
    while (*line && *line != ' ') line++;
  }
  words[length] = NULL;
  return length;
}

static s32 cat(const char *path) {
  char bytes[512];
  s32 count, fd = path ? open(path, O_RDONLY, 0) : -1;
  if (fd < 0) return 1;
  while ((count = read(fd, bytes, sizeof bytes)) > 0) write_all(STDOUT, bytes, (u32)count);
  close(fd);
  return count < 0;
}

static s32 start(const char *const *words) {
  static const char *const environment[] = {NULL};
  char path[LINE + 8];
  s32 status;
  append(append(path, "/bin/"), words[0]);
  s32 pid = must("fork", fork());
  if (!pid) {
    const char *arguments[WORDS] = {path};
    for (u32 i = 1; i < WORDS; i++) arguments[i] = words[i];
    execve(path, arguments, environment);
    print("no such program\n");
    exit(127);
  }
  must("waitpid", waitpid(pid, &status, 0));
  return status & 0xFF ? 128 + (status & 0x7F) : status >> 8;
}

static s32 execute(const char *const *words) {
  if (equal(words[0], "cat")) return cat(words[1]);
  if (equal(words[0], "poweroff")) return system_call(SYS_reboot, MAGIC, MAGIC2, POWER_OFF, 0);
  if (equal(words[0], "reboot")) return system_call(SYS_reboot, MAGIC, MAGIC2, RESTART, 0);
  return start(words);
}

enum { S_IFBLK = 060000, SYSLOG_CONSOLE_LEVEL = 8 };

/* A file in /dev for a disk that the kernel has, with the number that the kernel gave it: `MAJOR:MINOR`. */
static void make_device(const char *disk) {
  char path[LINE], text[16];
  append(append(append(path, "/sys/block/"), disk), "/dev");
  s32 count, fd = open(path, O_RDONLY, 0);
  if (fd < 0 || (count = read(fd, text, sizeof text - 1)) <= 0) return;
  close(fd);
  text[count] = 0;
  const char *minor = text;
  while (*minor && *minor++ != ':') {}
  append(append(path, "/dev/"), disk);
  must("mknod", system_call(SYS_mknod, path, S_IFBLK | 0600, parse_number(text) << 8 | parse_number(minor)));
}

static void make_devices(void) {
  static const char *const disks[] = {"hda", "sda", "vda"};
  for (u32 i = 0; i < ARRAY_LENGTH(disks); i++) make_device(disks[i]);
}

__attribute__((noreturn, used)) void program_start(u32 argc, char **argv) {
  char line[LINE], number[12];
  const char *words[WORDS];
  (void)argc, (void)argv;
  system_call(SYS_mount, "proc", "/proc", "proc", 0, NULL);
  system_call(SYS_mount, "sysfs", "/sys", "sysfs", 0, NULL);
  make_devices();
  /* From here on the console is the shell's; the kernel says no more than what it dies of. */
  system_call(SYS_syslog, SYSLOG_CONSOLE_LEVEL, NULL, 1);
  print("shell ready\n# ");
  while (read_line(line)) {
    if (split(line, words)) {
      format_number(number, (u32)execute(words));
      print("status ");
      print(number);
      print("\n");
    }
    print("# ");
  }
  for (;;) yield();
}
