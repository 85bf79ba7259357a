#include "console.h"
#include "device.h"
#include "filesystems.h"
#include "layout.h"
#include "trap.h"

static s32 null_read(struct inode *inode, u32 offset, void *to, u32 length) {
  (void)inode, (void)offset, (void)to, (void)length;
  return 0;
}

static s32 discard(struct inode *inode, u32 offset, const void *from, u32 length) {
  (void)inode, (void)offset, (void)from;
  return (s32)length;
}

static s32 zero_read(struct inode *inode, u32 offset, void *to, u32 length) {
  (void)inode, (void)offset;
  static const u8 zeros[PAGE_SIZE];
  for (u32 done = 0, part; done < length; done += part) {
    part = length - done < PAGE_SIZE ? length - done : PAGE_SIZE;
    if (user_copy((u8 *)to + done, zeros, part)) return -EFAULT;
  }
  return (s32)length;
}

static s32 console_inode_read(struct inode *inode, u32 offset, void *to, u32 length) {
  (void)inode, (void)offset;
  return console_read(to, length);
}

static s32 console_inode_write(struct inode *inode, u32 offset, const void *from, u32 length) {
  (void)inode, (void)offset;
  return console_write(from, length);
}

static s32 console_inode_control(struct inode *inode, u32 request, u32 argument) {
  (void)inode;
  return console_control(request, argument);
}

static s32 vmi_inode_control(struct inode *inode, u32 request, u32 argument) {
  (void)inode;
  return vmi_control(request, argument);
}

static const struct {
  const char *name;
  struct inode_operations operations;
} devices[] = {
    {"console", {.read = console_inode_read, .write = console_inode_write, .control = console_inode_control}},
    {"null", {.read = null_read, .write = discard}},
    {"vmi", {.read = null_read, .write = discard, .control = vmi_inode_control}},
    {"zero", {.read = zero_read, .write = discard}},
};

void devices_setup(void) {
  static const struct inode_operations none;
  struct inode *directory = inode_create(inode_root(), "dev", S_IFDIR | 0755, &none);
  for (u32 i = 0; i < ARRAY_LENGTH(devices); i++)
    inode_create(directory, devices[i].name, S_IFCHR | 0666, &devices[i].operations);
}
