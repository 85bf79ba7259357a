/* The tree of files. Everything lives in memory: image files, RAM files, devices and generated text. */
#pragma once
#include "abi.h"

enum { MAX_NAME = 44, MAX_PATH = 256 };

struct inode;

/*
 * What an inode can do; a missing operation is refused. Buffers may be user memory (range-checked by the caller), so
 * they are only touched through user_copy. All return bytes or 0, or a negative error.
 */
struct inode_operations {
  s32 (*read)(struct inode *inode, u32 offset, void *to, u32 length);
  s32 (*write)(struct inode *inode, u32 offset, const void *from, u32 length);
  s32 (*truncate)(struct inode *inode);
  s32 (*control)(struct inode *inode, u32 request, u32 argument); /* `argument` is a user address */
  void (*dispose)(struct inode *inode);
};

struct inode {
  u32 number, mode, references, size;
  struct inode *parent, *children, *next;
  const struct inode_operations *operations;
  union {
    const u8 *image;                             /* image.c: the bytes */
    u32 index;                                   /* ramfs.c: frame of the list of frames, 0: none */
    u32 (*generate)(char *buffer, u32 size);     /* generated.c: writes the text, returns its length */
  };
  char name[MAX_NAME];
};

struct inode *inode_root(void);
void inode_hold(struct inode *inode);
void inode_release(struct inode *inode);

/* Finds a path from the root or the running process's directory; holds what it finds. 0 or a negative error. */
s32 inode_lookup(const char *path, struct inode **found);

/* The directory of a path's last part (held), and that part. 0 or a negative error. */
s32 inode_lookup_parent(const char *path, struct inode **parent, char name[MAX_NAME]);

/* The entry `name` of a directory, not held; NULL when there is none. */
struct inode *inode_child(const struct inode *directory, const char *name);

/* A new entry of a directory, held by the tree only. NULL when there are too many. */
struct inode *inode_create(struct inode *parent, const char *name, u32 mode,
                           const struct inode_operations *operations);

/* Takes an inode out of its directory; it goes away when nobody holds it any more. */
void inode_unlink(struct inode *inode);

/* Writes the path of a directory from the root; its length, or -ERANGE. */
s32 inode_path(const struct inode *inode, char *buffer, u32 size);

static inline bool inode_is_directory(const struct inode *inode) { return (inode->mode & S_IFMT) == S_IFDIR; }
