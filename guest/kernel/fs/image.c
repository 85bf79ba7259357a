/* Read-only files out of a cpio archive: the one linked into the kernel, and Multiboot modules. */
#include "console.h"
#include "filesystems.h"
#include "string.h"
#include "trap.h"

/* The header of format "newc": a magic number and 13 fields of 8 hexadecimal digits. */
enum { MAGIC_SIZE = 6, FIELD_SIZE = 8, HEADER_SIZE = 110, FIELD_MODE = 1, FIELD_FILE_SIZE = 6, FIELD_NAME_SIZE = 11 };

static s32 image_read(struct inode *inode, u32 offset, void *to, u32 length) {
  if (offset >= inode->size) return 0;
  if (length > inode->size - offset) length = inode->size - offset;
  s32 error = user_copy(to, inode->image + offset, length);
  return error ? error : (s32)length;
}

const struct inode_operations image_operations = {.read = image_read};
static const struct inode_operations directory_operations;

static u32 field(const u8 *header, u32 index) {
  u32 value = 0;
  const u8 *digits = header + MAGIC_SIZE + index * FIELD_SIZE;
  for (u32 i = 0; i < FIELD_SIZE; i++) {
    u32 digit = digits[i] & 15;
    value = value << 4 | (digits[i] <= '9' ? digit : digit + 9);
  }
  return value;
}

/* The directory a path lies in, made where it is missing; `name` becomes the last part. */
static struct inode *directory_for(const char *path, const char **name) {
  struct inode *directory = inode_root();
  for (const char *slash; (slash = strchr(path, '/')); path = slash + 1) {
    char part[MAX_NAME];
    u32 length = (u32)(slash - path);
    if (length >= MAX_NAME) return NULL;
    memcpy(part, path, length);
    part[length] = 0;
    if (!length || !strcmp(part, ".")) continue;
    struct inode *next = inode_child(directory, part);
    if (!next) next = inode_create(directory, part, S_IFDIR | 0755, &directory_operations);
    if (!next || !inode_is_directory(next)) return NULL;
    directory = next;
  }
  *name = path;
  return directory;
}

static void entry_add(const char *path, u32 mode, const u8 *data, u32 size) {
  const char *name;
  struct inode *directory = directory_for(path, &name), *inode;
  u32 kind = mode & S_IFMT;
  if (!directory || !*name || !strcmp(name, ".") || (kind != S_IFDIR && kind != S_IFREG)) return;
  inode = inode_child(directory, name);
  if (inode && (kind == S_IFDIR || inode_is_directory(inode))) return;
  if (inode) inode_unlink(inode);
  inode = inode_create(directory, name, mode, kind == S_IFDIR ? &directory_operations : &image_operations);
  if (!inode) {
    print("initramfs: too many files, %s left out\n", path);
    return;
  }
  inode->image = data;
  inode->size = kind == S_IFREG ? size : 0;
}

bool image_unpack(const u8 *archive, u32 length) {
  for (u32 at = 0; length - at >= HEADER_SIZE && length >= at;) {
    const u8 *header = archive + at;
    if (memcmp(header, "070701", MAGIC_SIZE)) return false;
    u32 size = field(header, FIELD_FILE_SIZE), name_size = field(header, FIELD_NAME_SIZE);
    u32 data = (at + HEADER_SIZE + name_size + 3) & ~3u;
    if (!name_size || name_size > MAX_PATH || data > length || size > length - data) return false;
    const char *name = (const char *)header + HEADER_SIZE;
    if (name[name_size - 1]) return false;
    if (!strcmp(name, "TRAILER!!!")) return true;
    entry_add(name, field(header, FIELD_MODE), archive + data, size);
    at = (data + size + 3) & ~3u;
  }
  return false;
}
