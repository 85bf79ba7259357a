/* The kinds of files there are, and what fills the tree at boot. */
#pragma once
#include "inode.h"

extern const struct inode_operations image_operations, ramfs_operations;

/* Unpacks a cpio archive ("newc") into the tree; file contents stay where they are. False when it is damaged. */
bool image_unpack(const u8 *archive, u32 length);

/* /dev with console, null, vmi and zero. */
void devices_setup(void);

/* /proc: text made when it is read. */
void generated_setup(void);

/* A directory whose files can be written: /tmp. */
void ramfs_setup(void);

/* Whether entries can be made in this directory: /tmp and what is below it. */
bool ramfs_holds(const struct inode *directory);
