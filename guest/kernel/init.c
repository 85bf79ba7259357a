#include "init.h"
#include "console.h"
#include "fault.h"
#include "filesystems.h"
#include "layout.h"
#include "privileged.h"
#include "process.h"
#include "string.h"

enum { MAX_ARGUMENTS = 64 };

extern const u8 initramfs_start[], initramfs_end[]; /* initramfs.S */

static char text[MAX_COMMAND];

void initramfs_setup(const struct boot_info *info) {
  devices_setup();
  generated_setup();
  ramfs_setup();
  if (!image_unpack(initramfs_start, (u32)(initramfs_end - initramfs_start))) print("initramfs: damaged\n");
  for (u32 i = 0; i < info->module_count; i++) {
    const struct memory_range *module = &info->modules[i];
    if (!image_unpack(physical_to_virtual(module->start), module->end - module->start))
      print("module %u: not a whole cpio archive of format newc\n", i);
  }
}

/* What follows the word "--" of the command line, NULL without one. */
static char *arguments_of(char *command) {
  for (char *at = command; *at; at++)
    if (at[0] == '-' && at[1] == '-' && (at == command || at[-1] == ' ') && (at[2] == ' ' || !at[2])) return at + 2;
  return NULL;
}

/* Cuts `words` at its blanks and appends where they will be in user memory. */
static u32 words_split(char *words, u32 user_words, u32 *pointers, u32 count) {
  for (u32 i = 0; words[i] && count < MAX_ARGUMENTS; i++) {
    if (words[i] == ' ') words[i] = 0;
    else if (i == 0 || !words[i - 1]) pointers[count++] = user_words + i;
  }
  return count;
}

/* Runs as process 1 in an empty space; exec takes the arguments out of a page made for them. */
static void start(struct trap_frame *frame) {
  static const char path[] = "/bin/init";
  enum { POINTERS = 0x10000, WORDS = POINTERS + (MAX_ARGUMENTS + 1) * 4, PATH = WORDS + MAX_COMMAND };
  u32 pointers[MAX_ARGUMENTS + 1] = {PATH}, count = 1;
  struct area area = {POINTERS, POINTERS + PAGE_SIZE, PROT_READ | PROT_WRITE, NULL, 0, 0};
  char *words = arguments_of(text);
  if (words) count = words_split(words, WORDS + (u32)(words - text), pointers, count);
  s32 error = space_map(&current->space, &area);
  if (!error) error = copy_to_user(PATH, path, sizeof path);
  if (!error) error = copy_to_user(WORDS, text, sizeof text);
  if (!error) error = copy_to_user(POINTERS, pointers, sizeof pointers);
  if (!error) error = process_exec(frame, path, POINTERS, 0);
  if (!error) return;
  print("kernel: cannot start %s, error %d\n", path, -error);
  halt_forever();
}

void init_start(const char *command) {
  string_copy(text, command, sizeof text);
  process_start_first(start);
}
