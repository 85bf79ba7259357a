#include "file.h"
#include "frames.h"
#include "layout.h"
#include "process.h"
#include "scheduler.h"
#include "signal.h"

enum { CAPACITY = PAGE_SIZE - 16 };

/* Fills a frame. */
struct pipe {
  u32 readers, writers;
  u32 start, count; /* of what is in it */
  u8 data[CAPACITY];
};

_Static_assert(sizeof(struct pipe) == PAGE_SIZE, "a pipe fills a frame");

static u32 smallest(u32 a, u32 b, u32 c) {
  u32 ab = a < b ? a : b;
  return ab < c ? ab : c;
}

static s32 pipe_read(struct file *file, void *to, u32 length) {
  struct pipe *pipe = file->pipe;
  if (!length) return 0;
  while (!pipe->count) {
    if (!pipe->writers) return 0;
    sleep_on(pipe, 0);
    if (current->fatal_signal) return -EINTR;
  }
  u32 done = 0;
  while (done < length && pipe->count) {
    u32 part = smallest(length - done, pipe->count, CAPACITY - pipe->start);
    if (user_copy((u8 *)to + done, pipe->data + pipe->start, part)) return done ? (s32)done : -EFAULT;
    pipe->start = (pipe->start + part) % CAPACITY;
    pipe->count -= part;
    done += part;
  }
  wake_all(pipe);
  return (s32)done;
}

static s32 pipe_write(struct file *file, const void *from, u32 length) {
  struct pipe *pipe = file->pipe;
  u32 done = 0;
  while (done < length) {
    if (!pipe->readers) {
      signal_post(current, SIGPIPE);
      return done ? (s32)done : -EPIPE;
    }
    if (pipe->count == CAPACITY) {
      sleep_on(pipe, 0);
      if (current->fatal_signal) return done ? (s32)done : -EINTR;
      continue;
    }
    u32 end = (pipe->start + pipe->count) % CAPACITY;
    u32 part = smallest(length - done, CAPACITY - pipe->count, CAPACITY - end);
    if (user_copy(pipe->data + end, (const u8 *)from + done, part)) return done ? (s32)done : -EFAULT;
    pipe->count += part;
    done += part;
    wake_all(pipe);
  }
  return (s32)done;
}

static void pipe_close(struct file *file) {
  struct pipe *pipe = file->pipe;
  if (file->flags == O_RDONLY) pipe->readers--;
  else pipe->writers--;
  wake_all(pipe);
  if (!pipe->readers && !pipe->writers) frame_release(virtual_to_physical(pipe));
}

static const struct file_operations pipe_operations = {pipe_read, pipe_write, pipe_close};

s32 pipe_create(struct file **reader, struct file **writer) {
  u32 frame = frame_allocate_zeroed();
  if (!frame) return -ENOMEM;
  *reader = file_allocate(&pipe_operations, O_RDONLY);
  *writer = *reader ? file_allocate(&pipe_operations, O_WRONLY) : NULL;
  if (!*writer) {
    if (*reader) (*reader)->references = 0;
    frame_release(frame);
    return -ENFILE;
  }
  struct pipe *pipe = physical_to_virtual(frame);
  pipe->readers = pipe->writers = 1;
  (*reader)->pipe = (*writer)->pipe = pipe;
  return 0;
}
