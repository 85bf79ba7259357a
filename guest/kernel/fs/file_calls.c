/* System calls about files. */
#include "clock.h"
#include "fault.h"
#include "file.h"
#include "filesystems.h"
#include "process.h"
#include "string.h"
#include "system_call.h"

enum { BLOCK_SIZE = 4096, MAX_VECTORS = 64 };

static s32 read_file(struct file *file, u32 to, u32 length) {
  if (!file || (file->flags & O_ACCMODE) == O_WRONLY) return -EBADF;
  if (!user_range(to, length)) return length ? -EFAULT : 0;
  return file->operations->read(file, (void *)to, length);
}

static s32 write_file(struct file *file, u32 from, u32 length) {
  if (!file || (file->flags & O_ACCMODE) == O_RDONLY) return -EBADF;
  if (!user_range(from, length)) return length ? -EFAULT : 0;
  return file->operations->write(file, (const void *)from, length);
}

s32 sys_read(struct trap_frame *call) { return read_file(file_of(call->ebx), call->ecx, call->edx); }
s32 sys_write(struct trap_frame *call) { return write_file(file_of(call->ebx), call->ecx, call->edx); }

s32 sys_writev(struct trap_frame *call) {
  struct io_vector vectors[MAX_VECTORS];
  if (call->edx > MAX_VECTORS) return -EINVAL;
  if (copy_from_user(vectors, call->ecx, call->edx * sizeof *vectors)) return -EFAULT;
  s32 done = 0;
  for (u32 i = 0; i < call->edx; i++) {
    s32 result = write_file(file_of(call->ebx), vectors[i].base, vectors[i].length);
    if (result < 0) return done ? done : result;
    done += result;
    if ((u32)result < vectors[i].length) break;
  }
  return done;
}

/* `base`: a descriptor as openat takes it; of relative paths, only those from the working directory are known. */
static s32 open_path(s32 base, u32 user_path, u32 flags) {
  char path[MAX_PATH];
  struct file *file;
  s32 result = copy_string_from_user(path, user_path, sizeof path);
  if (result >= 0) result = base == AT_FDCWD || path[0] == '/' ? file_open(path, flags, &file) : -EBADF;
  return result < 0 ? result : descriptor_assign(file);
}

s32 sys_open(struct trap_frame *call) { return open_path(AT_FDCWD, call->ebx, call->ecx); }
s32 sys_openat(struct trap_frame *call) { return open_path((s32)call->ebx, call->ecx, call->edx); }

s32 sys_close(struct trap_frame *call) { return descriptor_close(call->ebx); }

s32 sys_dup(struct trap_frame *call) {
  struct file *file = file_of(call->ebx);
  if (!file) return -EBADF;
  file->references++;
  return descriptor_assign(file);
}

s32 sys_dup2(struct trap_frame *call) {
  struct file *file = file_of(call->ebx);
  return file ? descriptor_duplicate(file, call->ecx) : -EBADF;
}

s32 sys_pipe(struct trap_frame *call) {
  struct file *reader, *writer;
  s32 descriptors[2], error = pipe_create(&reader, &writer);
  if (error) return error;
  descriptors[0] = descriptor_assign(reader);
  descriptors[1] = descriptor_assign(writer);
  error = descriptors[0] < 0 || descriptors[1] < 0 ? -EMFILE : copy_to_user(call->ebx, descriptors, sizeof descriptors);
  for (u32 i = 0; error && i < 2; i++)
    if (descriptors[i] >= 0) descriptor_close((u32)descriptors[i]);
  return error;
}

static s32 seek(struct file *file, s64 offset, u32 origin, u32 *position) {
  if (!file) return -EBADF;
  if (!file->inode) return -ESPIPE;
  if (origin == SEEK_CUR) offset += file->offset;
  else if (origin == SEEK_END) offset += file->inode->size;
  else if (origin != SEEK_SET) return -EINVAL;
  if (offset < 0 || offset > 0x7FFFFFFF) return -EINVAL;
  *position = file->offset = (u32)offset;
  return 0;
}

s32 sys_lseek(struct trap_frame *call) {
  u32 position;
  s32 error = seek(file_of(call->ebx), (s32)call->ecx, call->edx, &position);
  return error ? error : (s32)position;
}

s32 sys_llseek(struct trap_frame *call) {
  u32 position;
  s32 error = seek(file_of(call->ebx), (s64)((u64)call->ecx << 32 | call->edx), call->edi, &position);
  u64 result = position;
  return error ? error : copy_to_user(call->esi, &result, sizeof result);
}

/* Runs `action` on the inode a user path names. */
static s32 with_path(u32 user_path, u32 argument, s32 (*action)(struct inode *inode, u32 argument)) {
  char path[MAX_PATH];
  struct inode *inode;
  s32 result = copy_string_from_user(path, user_path, sizeof path);
  if (result >= 0) result = inode_lookup(path, &inode);
  if (result < 0) return result;
  result = action(inode, argument);
  inode_release(inode);
  return result;
}

/* A pipe has no inode. */
static struct inode status_of_pipe = {.mode = S_IFIFO | 0600};

static s32 status_store(struct inode *inode, u32 to) {
  struct file_status status = {
      .device = 1, .inode = inode->number, .mode = (u16)inode->mode, .links = 1,
      .size = inode->size, .block_size = BLOCK_SIZE, .blocks = (inode->size + 511) / 512,
  };
  return copy_to_user(to, &status, sizeof status);
}

static s32 status64_store(struct inode *inode, u32 to) {
  struct file_status64 status = {
      .device = 1, .inode_low = inode->number, .inode = inode->number, .mode = inode->mode, .links = 1,
      .size = inode->size, .block_size = BLOCK_SIZE, .blocks = (inode->size + 511) / 512,
  };
  return copy_to_user(to, &status, sizeof status);
}

static s32 with_descriptor(u32 descriptor, u32 argument, s32 (*action)(struct inode *inode, u32 argument)) {
  struct file *file = file_of(descriptor);
  return file ? action(file->inode ? file->inode : &status_of_pipe, argument) : -EBADF;
}

s32 sys_stat(struct trap_frame *call) { return with_path(call->ebx, call->ecx, status_store); }
s32 sys_lstat(struct trap_frame *call) { return with_path(call->ebx, call->ecx, status_store); }
s32 sys_fstat(struct trap_frame *call) { return with_descriptor(call->ebx, call->ecx, status_store); }
s32 sys_stat64(struct trap_frame *call) { return with_path(call->ebx, call->ecx, status64_store); }
s32 sys_lstat64(struct trap_frame *call) { return with_path(call->ebx, call->ecx, status64_store); }
s32 sys_fstat64(struct trap_frame *call) { return with_descriptor(call->ebx, call->ecx, status64_store); }

static s32 access_check(struct inode *inode, u32 mode) {
  return (mode & 2) && !inode_is_directory(inode) && !inode->operations->write ? -EROFS : 0;
}

s32 sys_access(struct trap_frame *call) { return with_path(call->ebx, call->ecx, access_check); }

static s32 directory_enter(struct inode *inode, u32 argument) {
  (void)argument;
  if (!inode_is_directory(inode)) return -ENOTDIR;
  inode_hold(inode);
  inode_release(current->directory);
  current->directory = inode;
  return 0;
}

s32 sys_chdir(struct trap_frame *call) { return with_path(call->ebx, 0, directory_enter); }

s32 sys_getcwd(struct trap_frame *call) {
  char path[MAX_PATH];
  s32 length = inode_path(current->directory, path, sizeof path);
  if (length < 0) return length;
  if ((u32)length > call->ecx) return -ERANGE;
  s32 error = copy_to_user(call->ebx, path, (u32)length);
  return error ? error : length;
}

/* Entries "." and ".." are left out: no program here misses them. The offset counts entries. */
s32 sys_getdents64(struct trap_frame *call) {
  struct file *file = file_of(call->ebx);
  if (!file) return -EBADF;
  if (!file->inode || !inode_is_directory(file->inode)) return -ENOTDIR;
  u32 index = 0, done = 0;
  for (const struct inode *child = file->inode->children; child; child = child->next, index++) {
    if (index < file->offset) continue;
    struct {
      struct directory_entry entry;
      char name[MAX_NAME];
    } __attribute__((packed)) record = {{.inode = child->number, .next = (s64)index + 1}, {0}};
    record.entry.length = (u16)((sizeof record.entry + strlen(child->name) + 1 + 7) & ~7u);
    record.entry.type = (u8)((child->mode & S_IFMT) >> 12);
    string_copy(record.name, child->name, sizeof record.name);
    if (done + record.entry.length > call->edx) {
      if (!done) return -EINVAL;
      break;
    }
    if (copy_to_user(call->ecx + done, &record, record.entry.length)) return -EFAULT;
    done += record.entry.length;
    file->offset = index + 1;
  }
  return (s32)done;
}

s32 sys_ioctl(struct trap_frame *call) {
  struct file *file = file_of(call->ebx);
  if (!file) return -EBADF;
  if (!file->inode || !file->inode->operations->control) return -ENOTTY;
  return file->inode->operations->control(file->inode, call->ecx, call->edx);
}

s32 sys_mkdir(struct trap_frame *call) {
  static const struct inode_operations none;
  char path[MAX_PATH], name[MAX_NAME];
  struct inode *directory;
  s32 result = copy_string_from_user(path, call->ebx, sizeof path);
  if (result >= 0) result = inode_lookup_parent(path, &directory, name);
  if (result < 0) return result;
  if (inode_child(directory, name)) result = -EEXIST;
  else if (!ramfs_holds(directory)) result = -EROFS;
  else result = inode_create(directory, name, S_IFDIR | 0755, &none) ? 0 : -ENOSPC;
  inode_release(directory);
  return result;
}

static s32 unlink_file(struct inode *inode, u32 argument) {
  (void)argument;
  if (inode_is_directory(inode)) return -EISDIR;
  if (!ramfs_holds(inode->parent)) return -EROFS;
  inode_unlink(inode);
  return 0;
}

static s32 unlink_directory(struct inode *inode, u32 argument) {
  (void)argument;
  if (!inode_is_directory(inode)) return -ENOTDIR;
  if (!ramfs_holds(inode->parent)) return -EROFS;
  if (inode->children) return -ENOTEMPTY;
  inode_unlink(inode);
  return 0;
}

s32 sys_unlink(struct trap_frame *call) { return with_path(call->ebx, 0, unlink_file); }
s32 sys_rmdir(struct trap_frame *call) { return with_path(call->ebx, 0, unlink_directory); }
