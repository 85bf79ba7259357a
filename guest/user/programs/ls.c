/* ls [-l] [PATH...] */
#include "program.h"

static bool detailed;

static void entry_print(const char *path, const char *name) {
  struct file_status status;
  if (stat(path, &status) < 0) return;
  u32 kind = status.mode & S_IFMT;
  char letter = kind == S_IFDIR ? 'd' : kind == S_IFCHR ? 'c' : '-';
  if (detailed) print("%c%03o %8u %s\n", letter, status.mode & 0777u, status.size, name);
  else print("%s%s\n", name, kind == S_IFDIR ? "/" : "");
}

static s32 list(const char *path) {
  static u8 buffer[2048] __attribute__((aligned(8)));
  char child[256];
  s32 fd = open(path, O_RDONLY, 0), length = fd;
  if (fd < 0) return complain("ls", path, fd);
  while ((length = getdents64(fd, buffer, sizeof buffer)) > 0)
    for (s32 at = 0; at < length;) {
      const struct directory_entry *entry = (const void *)(buffer + at);
      format_string(child, sizeof child, "%s/%s", path, entry->name);
      entry_print(child, entry->name);
      at += entry->length;
    }
  close(fd);
  if (length == -ENOTDIR) entry_print(path, path);
  else if (length < 0) return complain("ls", path, length);
  return 0;
}

int main(int count, char **arguments) {
  s32 worst = 0;
  arguments++;
  if (count > 1 && !strcmp(*arguments, "-l")) detailed = true, arguments++;
  if (!*arguments) return list(".");
  for (; *arguments; arguments++) worst |= list(*arguments);
  return worst;
}
