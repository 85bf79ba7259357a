#include "inode.h"
#include "process.h"
#include "string.h"

enum { MAX_INODES = 256 };

static const struct inode_operations directory_operations;
static struct inode inodes[MAX_INODES] = {
    {.number = 1, .mode = S_IFDIR | 0755, .references = 1, .parent = inodes, .operations = &directory_operations},
};

struct inode *inode_root(void) { return inodes; }
void inode_hold(struct inode *inode) { inode->references++; }

void inode_release(struct inode *inode) {
  if (--inode->references) return;
  if (inode->operations && inode->operations->dispose) inode->operations->dispose(inode);
}

struct inode *inode_child(const struct inode *directory, const char *name) {
  for (struct inode *child = directory->children; child; child = child->next)
    if (!strcmp(child->name, name)) return child;
  return NULL;
}

/* Takes the next part off a path. False when there is none, or (`*error` set) when it is too long. */
static bool path_part(const char **path, char name[MAX_NAME], s32 *error) {
  while (**path == '/') ++*path;
  u32 length = 0;
  for (; **path && **path != '/'; ++*path) {
    if (length == MAX_NAME - 1) {
      *error = -ENAMETOOLONG;
      return false;
    }
    name[length++] = **path;
  }
  name[length] = 0;
  return length != 0;
}

static s32 step(struct inode **at, const char *name) {
  if (!inode_is_directory(*at)) return -ENOTDIR;
  if (!strcmp(name, ".")) return 0;
  struct inode *next = strcmp(name, "..") ? inode_child(*at, name) : (*at)->parent;
  if (!next) return -ENOENT;
  *at = next;
  return 0;
}

static struct inode *path_start(const char *path) {
  return *path == '/' || !current->directory ? inode_root() : current->directory;
}

s32 inode_lookup(const char *path, struct inode **found) {
  char name[MAX_NAME];
  struct inode *at = path_start(path);
  s32 error = *path ? 0 : -ENOENT;
  while (!error && path_part(&path, name, &error)) error = step(&at, name);
  if (error) return error;
  inode_hold(at);
  *found = at;
  return 0;
}

s32 inode_lookup_parent(const char *path, struct inode **parent, char name[MAX_NAME]) {
  char next[MAX_NAME];
  struct inode *at = path_start(path);
  s32 error = 0;
  if (!path_part(&path, name, &error)) return error ? error : -EEXIST;
  while (path_part(&path, next, &error)) {
    error = step(&at, name);
    if (error) return error;
    memcpy(name, next, MAX_NAME);
  }
  if (error) return error;
  if (!inode_is_directory(at)) return -ENOTDIR;
  if (!strcmp(name, ".") || !strcmp(name, "..")) return -EEXIST;
  inode_hold(at);
  *parent = at;
  return 0;
}

struct inode *inode_create(struct inode *parent, const char *name, u32 mode,
                           const struct inode_operations *operations) {
  for (u32 i = 1; i < MAX_INODES; i++) {
    struct inode *inode = &inodes[i];
    if (inode->references) continue;
    *inode = (struct inode){.number = i + 1, .mode = mode, .references = 1, .parent = parent, .operations = operations};
    string_copy(inode->name, name, MAX_NAME);
    struct inode **link = &parent->children;
    while (*link && strcmp((*link)->name, name) < 0) link = &(*link)->next;
    inode->next = *link;
    *link = inode;
    inode_hold(parent);
    return inode;
  }
  return NULL;
}

void inode_unlink(struct inode *inode) {
  struct inode **link = &inode->parent->children;
  while (*link != inode) link = &(*link)->next;
  *link = inode->next;
  inode_release(inode->parent);
  inode->parent = inode_root();
  inode_release(inode);
}

s32 inode_path(const struct inode *inode, char *buffer, u32 size) {
  u32 length = 1;
  for (const struct inode *at = inode; at != inode_root(); at = at->parent) length += strlen(at->name) + 1;
  if (inode == inode_root()) length++;
  if (length > size) return -ERANGE;
  char *end = buffer + length - 1;
  *end = 0;
  buffer[0] = '/';
  for (const struct inode *at = inode; at != inode_root(); at = at->parent) {
    end -= strlen(at->name);
    memcpy(end, at->name, strlen(at->name));
    *--end = '/';
  }
  return (s32)length;
}
