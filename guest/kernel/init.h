/* From the kernel to the first program. */
#pragma once
#include "boot_info.h"

/* Fills the tree: the linked archive, every module that is one, devices, /proc and /tmp. */
void initramfs_setup(const struct boot_info *info);

/* Makes process 1, which runs /bin/init with what follows "--" in the kernel's command line as arguments. */
void init_start(const char *command);
