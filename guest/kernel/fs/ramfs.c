/* Writable files in RAM: a frame lists the frames of the contents, which bounds a file to 4 MB. */
#include "filesystems.h"
#include "frames.h"
#include "layout.h"
#include "trap.h"

enum { MAX_SIZE = PAGE_ENTRIES * PAGE_SIZE };

static struct inode *writable_root;

static u32 *frame_slot(const struct inode *inode, u32 offset) {
  return (u32 *)physical_to_virtual(inode->index) + offset / PAGE_SIZE;
}

/* The part of [offset, offset + length) that lies in one page. */
static u32 within_page(u32 offset, u32 length) {
  u32 rest = PAGE_SIZE - offset % PAGE_SIZE;
  return length < rest ? length : rest;
}

static s32 ramfs_read(struct inode *inode, u32 offset, void *to, u32 length) {
  if (offset >= inode->size) return 0;
  if (length > inode->size - offset) length = inode->size - offset;
  for (u32 done = 0, part; done < length; done += part) {
    part = within_page(offset + done, length - done);
    u32 frame = *frame_slot(inode, offset + done);
    static const u8 zeros[PAGE_SIZE];
    const u8 *page = frame ? physical_to_virtual(frame) : zeros; /* a hole reads as zeros */
    s32 error = user_copy((u8 *)to + done, page + (offset + done) % PAGE_SIZE, part);
    if (error) return error;
  }
  return (s32)length;
}

static s32 ramfs_write(struct inode *inode, u32 offset, const void *from, u32 length) {
  if (offset >= MAX_SIZE) return -EFBIG;
  if (length > MAX_SIZE - offset) length = MAX_SIZE - offset;
  if (!inode->index && !(inode->index = frame_allocate_zeroed())) return -ENOSPC;
  u32 done = 0;
  for (u32 part; done < length; done += part) {
    part = within_page(offset + done, length - done);
    u32 *slot = frame_slot(inode, offset + done);
    if (!*slot && !(*slot = frame_allocate_zeroed())) return done ? (s32)done : -ENOSPC;
    u8 *page = physical_to_virtual(*slot);
    s32 error = user_copy(page + (offset + done) % PAGE_SIZE, (const u8 *)from + done, part);
    if (error) return error;
    if (offset + done + part > inode->size) inode->size = offset + done + part;
  }
  return (s32)done;
}

static s32 ramfs_truncate(struct inode *inode) {
  if (!inode->index) return 0;
  u32 *slots = physical_to_virtual(inode->index);
  for (u32 i = 0; i < PAGE_ENTRIES; i++)
    if (slots[i]) frame_release(slots[i]);
  frame_release(inode->index);
  inode->index = inode->size = 0;
  return 0;
}

static void ramfs_dispose(struct inode *inode) { ramfs_truncate(inode); }

const struct inode_operations ramfs_operations = {
    .read = ramfs_read, .write = ramfs_write, .truncate = ramfs_truncate, .dispose = ramfs_dispose};

bool ramfs_holds(const struct inode *directory) {
  for (; directory != inode_root(); directory = directory->parent)
    if (directory == writable_root) return true;
  return false;
}

void ramfs_setup(void) {
  static const struct inode_operations none;
  writable_root = inode_create(inode_root(), "tmp", S_IFDIR | 0777, &none);
}
