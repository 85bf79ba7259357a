#include "file.h"
#include "filesystems.h"
#include "process.h"

enum { MAX_OPEN_FILES = 256 };

static struct file files[MAX_OPEN_FILES];

struct file *file_allocate(const struct file_operations *operations, u32 flags) {
  for (u32 i = 0; i < MAX_OPEN_FILES; i++) {
    if (files[i].references) continue;
    files[i] = (struct file){.references = 1, .flags = flags, .operations = operations};
    return &files[i];
  }
  return NULL;
}

void file_release(struct file *file) {
  if (--file->references) return;
  file->operations->close(file);
}

static s32 inode_file_read(struct file *file, void *to, u32 length) {
  struct inode *inode = file->inode;
  if (inode_is_directory(inode)) return -EISDIR;
  if (!inode->operations->read) return -EINVAL;
  s32 result = inode->operations->read(inode, file->offset, to, length);
  if (result > 0) file->offset += (u32)result;
  return result;
}

static s32 inode_file_write(struct file *file, const void *from, u32 length) {
  struct inode *inode = file->inode;
  if (file->flags & O_APPEND) file->offset = inode->size;
  s32 result = inode->operations->write(inode, file->offset, from, length);
  if (result > 0) file->offset += (u32)result;
  return result;
}

static void inode_file_close(struct file *file) { inode_release(file->inode); }

static const struct file_operations inode_file_operations = {inode_file_read, inode_file_write, inode_file_close};

static s32 create(const char *path, struct inode **inode) {
  struct inode *directory;
  char name[MAX_NAME];
  s32 error = inode_lookup_parent(path, &directory, name);
  if (error) return error;
  *inode = ramfs_holds(directory) ? inode_create(directory, name, S_IFREG | 0644, &ramfs_operations) : NULL;
  error = *inode ? 0 : ramfs_holds(directory) ? -ENOSPC : -EROFS;
  if (*inode) inode_hold(*inode);
  inode_release(directory);
  return error;
}

static s32 permission(const struct inode *inode, u32 flags) {
  bool writes = flags & O_ACCMODE;
  if ((flags & O_DIRECTORY) && !inode_is_directory(inode)) return -ENOTDIR;
  if (writes && inode_is_directory(inode)) return -EISDIR;
  if (writes && !inode->operations->write) return -EROFS;
  return 0;
}

s32 file_open(const char *path, u32 flags, struct file **file) {
  struct inode *inode;
  s32 error = inode_lookup(path, &inode);
  if (error == -ENOENT && (flags & O_CREAT)) error = create(path, &inode);
  else if (!error && (flags & O_CREAT) && (flags & O_EXCL)) {
    inode_release(inode);
    return -EEXIST;
  }
  if (error) return error;
  error = permission(inode, flags);
  *file = error ? NULL : file_allocate(&inode_file_operations, flags);
  if (!*file) {
    inode_release(inode);
    return error ? error : -ENFILE;
  }
  (*file)->inode = inode;
  if ((flags & O_TRUNC) && (flags & O_ACCMODE) && inode->operations->truncate) inode->operations->truncate(inode);
  return 0;
}

struct file *file_of(u32 descriptor) { return descriptor < MAX_FILES ? current->files[descriptor] : NULL; }

s32 descriptor_assign(struct file *file) {
  for (u32 descriptor = 0; descriptor < MAX_FILES; descriptor++) {
    if (current->files[descriptor]) continue;
    current->files[descriptor] = file;
    return (s32)descriptor;
  }
  file_release(file);
  return -EMFILE;
}

s32 descriptor_duplicate(struct file *file, u32 descriptor) {
  if (descriptor >= MAX_FILES) return -EBADF;
  if (current->files[descriptor] == file) return (s32)descriptor;
  file->references++;
  if (current->files[descriptor]) file_release(current->files[descriptor]);
  current->files[descriptor] = file;
  return (s32)descriptor;
}

s32 descriptor_close(u32 descriptor) {
  struct file *file = file_of(descriptor);
  if (!file) return -EBADF;
  current->files[descriptor] = NULL;
  file_release(file);
  return 0;
}

void files_share(struct file **to, struct file *const *from) {
  for (u32 i = 0; i < MAX_FILES; i++)
    if ((to[i] = from[i])) to[i]->references++;
}

void files_close_all(struct file **open) {
  for (u32 i = 0; i < MAX_FILES; i++)
    if (open[i]) file_release(open[i]), open[i] = NULL;
}
