#include "program.h"

struct output {
  s32 fd;
  u32 length;
  char buffer[256];
};

static void flush(struct output *output) {
  write_all(output->fd, output->buffer, output->length);
  output->length = 0;
}

static void store(void *context, char character) {
  struct output *output = context;
  output->buffer[output->length++] = character;
  if (output->length == sizeof output->buffer) flush(output);
}

static void print_list(s32 fd, const char *format, va_list arguments) {
  struct output output = {.fd = fd, .length = 0};
  format_to(store, &output, format, arguments);
  flush(&output);
}

void print(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  print_list(STDOUT, format, arguments);
  va_end(arguments);
}

void print_to(s32 fd, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  print_list(fd, format, arguments);
  va_end(arguments);
}

bool write_all(s32 fd, const void *from, u32 length) {
  for (const char *next = from; length;) {
    s32 written = write(fd, next, length);
    if (written <= 0) return false;
    next += written, length -= (u32)written;
  }
  return true;
}

const char *error_text(s32 error) {
  static const struct {
    s32 error;
    const char *text;
  } texts[] = {
      {ENOENT, "no such file or directory"},
      {E2BIG, "arguments too long"},
      {ENOEXEC, "not an i386 program"},
      {EBADF, "bad file descriptor"},
      {ECHILD, "no child"},
      {EAGAIN, "too many processes"},
      {ENOMEM, "out of memory"},
      {EACCES, "not allowed"},
      {EFAULT, "bad address"},
      {EEXIST, "exists"},
      {ENOTDIR, "not a directory"},
      {EISDIR, "is a directory"},
      {EINVAL, "invalid argument"},
      {EMFILE, "too many open files"},
      {EFBIG, "file too large"},
      {ENOSPC, "no space"},
      {EROFS, "read-only"},
      {ENAMETOOLONG, "name too long"},
      {ENOTEMPTY, "not empty"},
  };
  if (error < 0) error = -error;
  for (u32 i = 0; i < ARRAY_LENGTH(texts); i++)
    if (texts[i].error == error) return texts[i].text;
  return "error";
}

s32 complain(const char *program, const char *what, s32 error) {
  print_to(STDERR, "%s: %s: %s\n", program, what, error_text(error));
  return 1;
}

u32 parse_number(const char *text, u32 fallback) {
  if (!text || *text < '0' || *text > '9') return fallback;
  u32 number = 0;
  while (*text >= '0' && *text <= '9') number = number * 10 + (u32)(*text++ - '0');
  return number;
}

s32 for_each_input(const char *program, char **names, s32 (*use)(s32 fd, const char *name)) {
  if (!*names) return use(STDIN, "-");
  s32 worst = 0;
  for (; *names; names++) {
    s32 fd = open(*names, O_RDONLY, 0), code;
    if (fd < 0) {
      worst = complain(program, *names, fd);
      continue;
    }
    code = use(fd, *names);
    close(fd);
    if (code > worst) worst = code;
  }
  return worst;
}
