#include "format.h"
#include "string.h"

struct field {
  bool left, zero;
  int width;
};

struct buffer {
  char *next, *last;
};

static int emit_padded(character_sink sink, void *context, const char *text, int length, const struct field *field) {
  int padding = field->width > length ? field->width - length : 0, total = padding + length;
  char fill = field->zero && !field->left ? '0' : ' ';
  if (fill == '0' && length && *text == '-') sink(context, *text++), length--;
  if (!field->left)
    while (padding) sink(context, fill), padding--;
  while (length--) sink(context, *text++);
  while (padding-- > 0) sink(context, ' ');
  return total;
}

static int emit_number(character_sink sink, void *context, u32 value, u32 base, bool negative,
                       const struct field *field) {
  char digits[12], *start = digits + sizeof digits;
  do *--start = "0123456789abcdef"[value % base];
  while (value /= base);
  if (negative) *--start = '-';
  return emit_padded(sink, context, start, (int)(digits + sizeof digits - start), field);
}

int format_to(character_sink sink, void *context, const char *format, va_list arguments) {
  int total = 0;
  for (; *format; format++) {
    if (*format != '%') {
      sink(context, *format);
      total++;
      continue;
    }
    struct field field = {0};
    for (format++; *format == '-' || *format == '0'; format++) {
      if (*format == '-') field.left = true;
      else field.zero = true;
    }
    for (; *format >= '0' && *format <= '9'; format++) field.width = field.width * 10 + *format - '0';
    while (*format == 'l') format++;
    switch (*format) {
      case 'd': {
        int value = va_arg(arguments, int);
        total += emit_number(sink, context, value < 0 ? -(u32)value : (u32)value, 10, value < 0, &field);
        break;
      }
      case 'u': total += emit_number(sink, context, va_arg(arguments, u32), 10, false, &field); break;
      case 'x': total += emit_number(sink, context, va_arg(arguments, u32), 16, false, &field); break;
      case 'o': total += emit_number(sink, context, va_arg(arguments, u32), 8, false, &field); break;
      case 'c': {
        char character = (char)va_arg(arguments, int);
        total += emit_padded(sink, context, &character, 1, &field);
        break;
      }
      case 's': {
        const char *text = va_arg(arguments, const char *);
        total += emit_padded(sink, context, text, (int)strlen(text), &field);
        break;
      }
      case 0: return total;
      default: sink(context, *format), total++;
    }
  }
  return total;
}

static void store(void *context, char character) {
  struct buffer *buffer = context;
  if (buffer->next < buffer->last) *buffer->next++ = character;
}

int format_string(char *text, size_t size, const char *format, ...) {
  struct buffer buffer = {text, text + size - 1};
  va_list arguments;
  va_start(arguments, format);
  format_to(store, &buffer, format, arguments);
  va_end(arguments);
  *buffer.next = 0;
  return (int)(buffer.next - text);
}
