/*
 * What building a program is like: `build` writes sources, starts the shell for each, which starts the compiler below in a
 * process of its own, and reads the results together again.
 */
#include "program.h"

enum { SOURCE = 6000, SYMBOLS = 512, NAME = 64 };

static char directory[NAME], text[SOURCE * 2];

static void name_file(char *to, const char *in, u32 number, const char *suffix) {
  append(format_number(append(append(to, in), "/unit"), number), suffix);
}

static u32 read_file(const char *path) {
  s32 fd = must("open", open(path, O_RDONLY, 0)), got;
  u32 length = 0;
  while ((got = must("read", read(fd, text + length, 1024))) > 0) length += (u32)got;
  close(fd);
  return length;
}

static void write_file(const char *path, u32 length) {
  s32 fd = must("open", open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
  for (u32 at = 0; at < length;) {
    u32 part = length - at < 1024 ? length - at : 1024;
    at += (u32)must("write", write(fd, text + at, part));
  }
  close(fd);
}

/* Assignments of sums of variables and numbers to variables. */
static void write_source(const char *path, u32 seed) {
  char *at = text;
  while (at < text + SOURCE) {
    at = format_number(append(at, "name"), next_random(&seed) % 300);
    at = append(at, " = ");
    for (u32 terms = 1 + next_random(&seed) % 4; terms; terms--) {
      at = next_random(&seed) & 1 ? format_number(append(at, "name"), next_random(&seed) % 300)
                                  : format_number(at, next_random(&seed) & 0xFFFF);
      at = append(at, terms > 1 ? " + " : ";\n");
    }
  }
  write_file(path, (u32)(at - text));
}

static u32 symbols[SYMBOLS];

static u32 symbol(u32 hash) {
  u32 slot = hash * 2654435761u >> 23;
  while (symbols[slot] && symbols[slot] != hash) slot = (slot + 1) % SYMBOLS;
  symbols[slot] = hash;
  return slot;
}

/* Scans the source, enters names in a table, and writes a line of code a term. */
static u32 compile(u32 count, char **arguments) {
  char path[NAME];
  name_file(path, arguments[0], count, ".src");
  u32 length = read_file(path), end = 0;
  static char code[SOURCE * 2];
  for (u32 at = 0; at < length && end < sizeof code - 16;) {
    u32 value = 0;
    if (text[at] >= 'a' && text[at] <= 'z') {
      for (; text[at] > ' ' && text[at] != ';'; at++) value = value * 31 + (u8)text[at];
      code[end++] = 'v', value = symbol(value | 1);
    } else if (text[at] >= '0' && text[at] <= '9') {
      for (; text[at] >= '0' && text[at] <= '9'; at++) value = value * 10 + (u32)(text[at] - '0');
      code[end++] = 'n';
    } else {
      code[end++] = text[at++];
      continue;
    }
    end = (u32)(format_number(code + end, value) - code);
  }
  memcpy(text, code, end);
  name_file(path, arguments[0], count, ".obj");
  write_file(path, end);
  return end;
}

static void start(u32 unit) {
  char shell[NAME * 2], command[NAME * 2];
  static const char *const environment[] = {NULL};
  beside(shell, sizeof shell, "shell");
  format_number(append(append(append(command, "build compile "), directory), " "), unit);
  const char *words[] = {shell, "-c", command, NULL};
  s32 pid = fork();
  if (!pid) {
    close(STDOUT); /* the compiler's own report goes nowhere */
    exit(-execve(shell, words, environment));
  }
  wait_for(pid);
}

static u32 build(u32 count, char **arguments) {
  (void)arguments;
  char path[NAME];
  u32 sum = 0;
  format_number(append(directory, "/tmp/build"), (u32)getpid());
  must("mkdir", mkdir(directory, 0755));
  for (u32 unit = 0; unit < count; unit++) {
    name_file(path, directory, unit, ".src");
    write_source(path, unit + 1);
    start(unit);
  }
  for (u32 unit = 0; unit < count; unit++) {
    name_file(path, directory, unit, ".obj");
    u32 length = read_file(path);
    for (u32 i = 0; i < length; i++) sum = mix(sum, (u8)text[i]);
    must("unlink", unlink(path));
    name_file(path, directory, unit, ".src");
    must("unlink", unlink(path));
  }
  must("rmdir", rmdir(directory));
  return sum;
}

u32 work(u32 count, char **arguments) {
  static const struct variant variants[] = {{"all", build}, {"compile", compile}};
  return choose(variants, ARRAY_LENGTH(variants), count, arguments);
}
