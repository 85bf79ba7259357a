/* Open files: what a descriptor refers to, shared by dup and fork. */
#pragma once
#include "inode.h"

struct file;

struct file_operations {
  s32 (*read)(struct file *file, void *to, u32 length);
  s32 (*write)(struct file *file, const void *from, u32 length);
  void (*close)(struct file *file);
};

struct file {
  u32 references, flags; /* O_… */
  const struct file_operations *operations;
  struct inode *inode; /* NULL for a pipe's end */
  u32 offset;
  struct pipe *pipe;
};

/* An open file without a descriptor, one reference; NULL when there are too many. */
struct file *file_allocate(const struct file_operations *operations, u32 flags);
void file_release(struct file *file);

/* Opens a path; creates it if `flags` say so and the directory allows it. 0 or a negative error. */
s32 file_open(const char *path, u32 flags, struct file **file);

/* The running process's open file, NULL for a bad descriptor. */
struct file *file_of(u32 descriptor);

/* Gives the file, reference included, the lowest free descriptor; without one releases it and returns -EMFILE. */
s32 descriptor_assign(struct file *file);

/* Makes `descriptor` refer to the file as well. */
s32 descriptor_duplicate(struct file *file, u32 descriptor);
s32 descriptor_close(u32 descriptor);

void files_share(struct file **to, struct file *const *from);
void files_close_all(struct file **files);

/* Both ends of a new pipe. 0 or a negative error. */
s32 pipe_create(struct file **reader, struct file **writer);
