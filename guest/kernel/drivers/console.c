#include "console.h"
#include "abi.h"
#include "clock.h"
#include "fault.h"
#include "format.h"
#include "privileged.h"
#include "process.h"
#include "scheduler.h"
#include "signal.h"
#include "uart.h"

enum {
  CONTROL_C = 3, CONTROL_D = 4, BACKSPACE = 8, CONTROL_U = 21, DELETE = 127,
  READY_SIZE = 4096, LINE_SIZE = 512, CHUNK = 128,
  MESSAGE_SPINS = 2000000, /* readings of the line status before a kernel message gives up on a byte */
  SEND_SPINS = 20000,      /* before a program's output sleeps for a tick */
  SEND_WAIT_TICKS = 1000,  /* before a program's output gives up */
};

static struct termios mode = {.iflag = ICRNL, .oflag = OPOST | ONLCR, .lflag = ISIG | ICANON | ECHO};
static s32 foreground; /* group that ^C is for */

/* Finished lines, in a ring; a CONTROL_D in it is an end of file. */
static u8 ready[READY_SIZE];
static u32 ready_start, ready_count;
static u8 line[LINE_SIZE];
static u32 line_length;

void console_setup(void) { uart_setup(); }

static bool send_spinning(u8 byte, u32 most) {
  for (u32 spins = 0; spins < most; spins++)
    if (uart_send(byte)) return true;
  return false;
}

/* A line that takes nothing costs the kernel its patience once, not for every byte. */
static void send_message(u8 byte) {
  static bool stuck;
  stuck = !send_spinning(byte, stuck ? 1 : MESSAGE_SPINS);
}

static void put(u8 character) {
  if (character == '\n') send_message('\r');
  send_message(character);
}

static void put_sink(void *context, char character) {
  (void)context;
  put((u8)character);
}

void print(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  format_to(put_sink, NULL, format, arguments);
  va_end(arguments);
}

/* A slow reader at the other end of the line lets the program sleep, not spin. */
static bool send_patiently(u8 byte) {
  for (u32 waited = 0; !send_spinning(byte, SEND_SPINS); waited++) {
    if (waited == SEND_WAIT_TICKS || current->fatal_signal) return false;
    sleep_on(&mode, clock_ticks() + 1);
  }
  return true;
}

s32 console_write(const void *from, u32 length) {
  u8 chunk[CHUNK];
  for (u32 done = 0, part; done < length; done += part) {
    part = length - done < CHUNK ? length - done : CHUNK;
    if (user_copy(chunk, (const u8 *)from + done, part)) return done ? (s32)done : -EFAULT;
    for (u32 i = 0; i < part; i++) {
      bool newline = chunk[i] == '\n' && (mode.oflag & OPOST) && (mode.oflag & ONLCR);
      if ((newline && !send_patiently('\r')) || !send_patiently(chunk[i])) return done + i ? (s32)(done + i) : -EIO;
    }
  }
  return (s32)length;
}

static void ready_append(u8 byte) {
  if (ready_count == READY_SIZE) return;
  ready[(ready_start + ready_count++) % READY_SIZE] = byte;
}

static void echo(u8 character) {
  if (mode.lflag & ECHO) put(character);
}

static void line_finish(u8 end) {
  /* All of a line or nothing: half of one would be a different command. */
  if (ready_count + line_length + 1 <= READY_SIZE) {
    for (u32 i = 0; i < line_length; i++) ready_append(line[i]);
    ready_append(end);
  }
  line_length = 0;
  wake_all(ready);
}

static void line_erase(u32 characters) {
  for (; characters && line_length; characters--, line_length--) echo(BACKSPACE), echo(' '), echo(BACKSPACE);
}

static void line_insert(u8 character) {
  if (character < ' ' && character != '\t') return;
  if (line_length == LINE_SIZE - 1) return;
  line[line_length++] = character;
  echo(character);
}

/* Called by the UART's interrupt. */
static void receive(u8 character) {
  if (character == '\r' && (mode.iflag & ICRNL)) character = '\n';
  if (character == CONTROL_C && (mode.lflag & ISIG)) {
    line_length = 0;
    echo('^'), echo('C'), echo('\n');
    signal_post_group(foreground, SIGINT);
    wake_all(ready);
    return;
  }
  if (!(mode.lflag & ICANON)) {
    echo(character);
    ready_append(character);
    wake_all(ready);
    return;
  }
  switch (character) {
    case '\n': echo('\n'); line_finish('\n'); break;
    case CONTROL_D: line_finish(CONTROL_D); break;
    case CONTROL_U: line_erase(LINE_SIZE); break;
    case BACKSPACE:
    case DELETE: line_erase(1); break;
    default: line_insert(character);
  }
}

void console_start(void) { uart_receive_with(receive); }

/* Takes at most `length` bytes, to the end of the first line. Interrupts are off. `*ended`: the line did. */
static u32 ready_take(u8 *to, u32 length, bool *ended) {
  u32 taken = 0;
  while (taken < length && ready_count && !*ended) {
    u8 byte = ready[ready_start];
    ready_start = (ready_start + 1) % READY_SIZE;
    ready_count--;
    *ended = (mode.lflag & ICANON) && (byte == '\n' || byte == CONTROL_D);
    if (byte != CONTROL_D || !(mode.lflag & ICANON)) to[taken++] = byte;
  }
  return taken;
}

s32 console_read(void *to, u32 length) {
  u8 chunk[CHUNK];
  if (!length) return 0;
  u32 flags = irq_save();
  while (!ready_count && !current->fatal_signal) sleep_on(ready, 0);
  bool ended = false;
  u32 taken = ready_take(chunk, length < CHUNK ? length : CHUNK, &ended);
  irq_restore(flags);
  if (current->fatal_signal) return -EINTR;
  return user_copy(to, chunk, taken) ? -EFAULT : (s32)taken;
}

s32 console_control(u32 request, u32 argument) {
  switch (request) {
    case TCGETS: return copy_to_user(argument, &mode, sizeof mode);
    case TCSETS:
    case TCSETSW: return copy_from_user(&mode, argument, sizeof mode);
    case TIOCGPGRP: return copy_to_user(argument, &foreground, sizeof foreground);
    case TIOCSPGRP: return copy_from_user(&foreground, argument, sizeof foreground);
    default: return -ENOTTY;
  }
}
