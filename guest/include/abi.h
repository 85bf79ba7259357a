/*
 * What kernel and programs agree on: call numbers, error numbers, constants and structures,
 * all as Linux/i386 has them, so that a static program with raw int 0x80 runs on either.
 */
#pragma once
#include "types.h"

enum syscall_number {
#define SYSCALL(number, name) SYS_##name = number,
#include "syscalls.def"
#undef SYSCALL
};

enum error_number {
  ENOENT = 2, ESRCH = 3, EINTR = 4, EIO = 5, E2BIG = 7, ENOEXEC = 8, EBADF = 9, ECHILD = 10, EAGAIN = 11,
  ENOMEM = 12, EACCES = 13, EFAULT = 14, EEXIST = 17, ENODEV = 19, ENOTDIR = 20, EISDIR = 21, EINVAL = 22,
  ENFILE = 23, EMFILE = 24, ENOTTY = 25, EFBIG = 27, ENOSPC = 28, ESPIPE = 29, EROFS = 30, EPIPE = 32,
  ERANGE = 34, ENAMETOOLONG = 36, ENOSYS = 38, ENOTEMPTY = 39,
};

enum open_flag {
  O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_ACCMODE = 3, O_CREAT = 0100, O_EXCL = 0200, O_TRUNC = 01000,
  O_APPEND = 02000, O_DIRECTORY = 0200000,
};

/* openat: relative to the working directory. */
#define AT_FDCWD (-100)

enum seek_origin { SEEK_SET, SEEK_CUR, SEEK_END };

enum file_mode { S_IFMT = 0170000, S_IFIFO = 010000, S_IFCHR = 020000, S_IFDIR = 040000, S_IFREG = 0100000 };

enum directory_entry_type { DT_CHR = 2, DT_DIR = 4, DT_REG = 8 };

enum mapping_flag {
  PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4,
  MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20,
};

enum signal_number {
  SIGINT = 2, SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8, SIGKILL = 9, SIGSEGV = 11, SIGPIPE = 13,
  SIGTERM = 15, SIGCHLD = 17, SIGNAL_LIMIT = 32,
};
#define SIG_DFL 0u
#define SIG_IGN 1u
#define SIG_ERR 0xFFFFFFFFu

enum clone_flag { CLONE_VM = 0x100, CLONE_VFORK = 0x4000 };

enum wait_option { WNOHANG = 1 };

enum console_request { TCGETS = 0x5401, TCSETS = 0x5402, TCSETSW = 0x5403, TIOCGPGRP = 0x540F, TIOCSPGRP = 0x5410 };
enum console_mode { ISIG = 1, ICANON = 2, ECHO = 8, ICRNL = 0400, OPOST = 1, ONLCR = 4 };

/* /dev/vmi: each request takes a pointer to the structure of its name with `number` set. -EINVAL beyond the last. */
enum vmi_request { VMI_GET_HOST = 0x5601, VMI_GET_CALL, VMI_RUN_TEST, VMI_RUN_COST };
enum vmi_test_outcome { VMI_PASSED, VMI_NATIVE, VMI_ABSENT, VMI_FAILED };

enum clock_id { CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 1 };

#define REBOOT_MAGIC1 0xFEE1DEADu
#define REBOOT_MAGIC2 672274793u
enum reboot_command { REBOOT_RESTART = 0x01234567, REBOOT_HALT = (int)0xCDEF0123, REBOOT_POWER_OFF = 0x4321FEDC };

struct termios { u32 iflag, oflag, cflag, lflag; u8 line, cc[19]; };
struct timeval { s32 seconds, microseconds; };
struct timespec { s32 seconds, nanoseconds; };
struct io_vector { u32 base, length; };
struct mmap_arguments { u32 address, length, protection, flags, fd, offset; };
struct thread_area { u32 entry, base, limit, flags; };
struct time_counts { u32 user, system, children_user, children_system; }; /* in ticks of 1/100 s */
struct resource_usage { struct timeval user, system; s32 other[14]; };
struct system_names { char sysname[65], nodename[65], release[65], version[65], machine[65], domain[65]; };

struct system_info {
  s32 uptime; /* seconds */
  u32 loads[3], total_ram, free_ram, shared_ram, buffer_ram, total_swap, free_swap;
  u16 processes, pad;
  u32 total_high, free_high, unit;
  u8 reserved[8];
};

struct file_status {
  u32 device, inode;
  u16 mode, links, uid, gid;
  u32 special_device, size, block_size, blocks;
  struct timespec accessed, modified, changed;
  u32 unused[2];
};

struct file_status64 {
  u64 device;
  u32 pad0, inode_low, mode, links, uid, gid;
  u64 special_device;
  u32 pad1;
  u64 size;
  u32 block_size;
  u64 blocks;
  struct timespec accessed, modified, changed;
  u64 inode;
} __attribute__((packed, aligned(4)));

struct directory_entry {
  u64 inode;
  s64 next;
  u16 length;
  u8 type;
  char name[];
} __attribute__((packed));

struct vmi_host {
  u32 number; /* 0 */
  u32 active, rom_physical, sites, sites_patched;
  u8 api_major, api_minor, rom_major, rom_minor;
  char manufacturer[32], product[32];
};

struct vmi_call_info {
  u32 number, relocation, target, sites;
  char name[24];
};

struct vmi_test {
  u32 number; /* of the call; further ones are tests of misuse */
  u32 outcome;
  char name[24], detail[72];
};

struct vmi_cost {
  u32 number;
  u32 patched, native; /* picoseconds a call, as the kernel runs now and by the processor's own instructions */
  char name[24];
};

_Static_assert(sizeof(struct file_status) == 64, "struct stat of i386");
_Static_assert(sizeof(struct file_status64) == 96, "struct stat64 of i386");
_Static_assert(sizeof(struct system_info) == 64, "struct sysinfo of i386");
_Static_assert(sizeof(struct termios) == 36, "struct termios of i386");
