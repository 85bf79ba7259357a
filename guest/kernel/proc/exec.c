#include "clock.h"
#include "descriptors.h"
#include "elf.h"
#include "fault.h"
#include "frames.h"
#include "gate.h"
#include "inode.h"
#include "layout.h"
#include "privileged.h"
#include "process.h"
#include "string.h"

enum { MAX_PROGRAM_HEADERS = 16 };

/* Keys of the auxiliary vector. */
enum { AT_NULL = 0, AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5, AT_PAGESZ = 6, AT_ENTRY = 9, AT_RANDOM = 25,
       AT_SYSINFO = 32 };

/* Argument and environment strings, one after the other, on one frame while the new space takes the old one's place. */
struct strings {
  char *text;
  u32 length, argument_count, environment_count;
};

struct image {
  struct elf_header header;
  struct elf_program programs[MAX_PROGRAM_HEADERS];
  u32 headers_address; /* where the program headers are mapped, 0 if they are not */
};

static s32 strings_append(struct strings *strings, u32 pointers, u32 *count) {
  for (*count = 0; pointers; ++*count, pointers += 4) {
    u32 pointer;
    if (copy_from_user(&pointer, pointers, 4)) return -EFAULT;
    if (!pointer) break;
    s32 length = copy_string_from_user(strings->text + strings->length, pointer, PAGE_SIZE - strings->length);
    if (length < 0) return length == -ENAMETOOLONG ? -E2BIG : length;
    strings->length += (u32)length + 1;
  }
  return 0;
}

static s32 image_read(struct image *image, struct inode *inode) {
  struct elf_header *header = &image->header;
  const struct inode_operations *operations = inode->operations;
  if (!operations->read || (inode->mode & S_IFMT) != S_IFREG) return -EACCES;
  if (operations->read(inode, 0, header, sizeof *header) != sizeof *header) return -ENOEXEC;
  if (memcmp(header->magic, "\177ELF", 4) || header->class != ELF_CLASS_32 || header->type != ELF_EXECUTABLE ||
      header->machine != ELF_386 || header->program_size != sizeof(struct elf_program) ||
      header->program_count > MAX_PROGRAM_HEADERS)
    return -ENOEXEC;
  u32 size = header->program_count * sizeof(struct elf_program);
  if (operations->read(inode, header->program_offset, image->programs, size) != (s32)size) return -ENOEXEC;
  return 0;
}

/* One loadable segment as an area. False when it does not lie in the user half. */
static bool segment_area(struct area *area, const struct elf_program *program, struct inode *inode) {
  if (!user_range(program->address, program->memory_size) || program->memory_size < program->file_size) return false;
  if (program->address + program->memory_size > USER_STACK_TOP - USER_STACK_SIZE) return false;
  u32 start = page_floor(program->address);
  *area = (struct area){
      .start = start,
      .end = page_ceiling(program->address + program->memory_size),
      .protection = PROT_READ | PROT_EXEC | (program->flags & ELF_WRITABLE ? PROT_WRITE : 0),
      .inode = inode,
      .inode_offset = program->offset - (program->address - start),
      .inode_end = program->offset + program->file_size,
  };
  return true;
}

static s32 image_map(struct space *space, struct image *image, struct inode *inode) {
  for (u32 i = 0; i < image->header.program_count; i++) {
    const struct elf_program *program = &image->programs[i];
    struct area area;
    if (program->type == ELF_INTERPRETER) return -ENOEXEC;
    if (program->type != ELF_LOAD || !program->memory_size) continue;
    if (!segment_area(&area, program, inode)) return -ENOEXEC;
    s32 error = space_map(space, &area);
    if (error) return error;
    if (area.end > space->break_start) space->break_start = area.end;
    u32 headers = image->header.program_offset - program->offset;
    if (headers < program->file_size) image->headers_address = program->address + headers;
  }
  space->break_end = space->break_start;
  struct area stack = {USER_STACK_TOP - USER_STACK_SIZE, USER_STACK_TOP, PROT_READ | PROT_WRITE, NULL, 0, 0};
  s32 error = space_map(space, &stack);
  return error || !gate_map(space) ? -ENOMEM : 0;
}

/* Writes `count` pointers to consecutive strings from `text` on, and the NULL behind them. */
static s32 pointers_write(u32 *at, u32 count, u32 *text, const char **strings) {
  for (; count; count--, *at += 4) {
    if (copy_to_user(*at, text, 4)) return -ENOMEM;
    u32 length = strlen(*strings) + 1;
    *text += length;
    *strings += length;
  }
  u32 null = 0;
  if (copy_to_user(*at, &null, 4)) return -ENOMEM;
  *at += 4;
  return 0;
}

/*
 * Lays out argc, argv, envp and the auxiliary vector as the System V ABI has them. Returns the stack pointer, 0 without
 * memory.
 */
static u32 stack_build(const struct image *image, const struct strings *strings) {
  u64 now = clock_monotonic();
  u32 random[4] = {(u32)now, (u32)current->pid, (u32)now * 2654435761u, clock_ticks()};
  u32 seed = USER_STACK_TOP - sizeof random, text = seed - strings->length;
  const u32 auxiliary[] = {
      AT_PHDR, image->headers_address, AT_PHENT, sizeof(struct elf_program), AT_PHNUM, image->header.program_count,
      AT_PAGESZ, PAGE_SIZE, AT_ENTRY, image->header.entry, AT_RANDOM, seed,
      AT_SYSINFO, GATE_LINEAR, AT_NULL, 0,
  };
  u32 words = 1 + strings->argument_count + 1 + strings->environment_count + 1;
  u32 stack = (text - words * 4 - sizeof auxiliary) & ~15u, at = stack + 4;
  const char *next = strings->text;
  if (copy_to_user(seed, random, sizeof random) || copy_to_user(text, strings->text, strings->length) ||
      copy_to_user(stack, &strings->argument_count, 4) || pointers_write(&at, strings->argument_count, &text, &next) ||
      pointers_write(&at, strings->environment_count, &text, &next) || copy_to_user(at, auxiliary, sizeof auxiliary))
    return 0;
  return stack;
}

static void name_set(const char *path) {
  const char *name = path;
  for (; *path; path++)
    if (*path == '/' && path[1]) name = path + 1;
  string_copy(current->name, name, sizeof current->name);
}

/* From here on the old program is gone: what fails now ends the process. */
static void image_enter(struct trap_frame *frame, const struct space *space, const struct image *image,
                        const struct strings *strings) {
  struct space old = current->space;
  current->space = *space;
  space_activate(&current->space);
  space_destroy(&old);
  fpu_forget();
  current->thread_base = 0;
  thread_segment_select(0);
  u32 stack = stack_build(image, strings);
  *frame = (struct trap_frame){
      .ds = USER_DATA, .es = USER_DATA, .cs = USER_CODE, .user_ss = USER_DATA,
      .eflags = USER_FLAGS, .eip = image->header.entry, .user_esp = stack,
  };
  if (!stack) current->fatal_signal = SIGKILL, attention = 1;
}

static s32 exec_inode(struct trap_frame *frame, struct inode *inode, const char *path, const struct strings *strings) {
  struct image image = {0};
  struct space space;
  s32 error = image_read(&image, inode);
  if (error) return error;
  if (!space_create(&space)) return -ENOMEM;
  error = image_map(&space, &image, inode);
  if (error) {
    space_destroy(&space);
    return error;
  }
  name_set(path);
  image_enter(frame, &space, &image, strings);
  return 0;
}

s32 process_exec(struct trap_frame *frame, const char *path, u32 arguments, u32 environment) {
  struct inode *inode;
  s32 error = inode_lookup(path, &inode);
  if (error) return error;
  u32 page = frame_allocate();
  error = -ENOMEM;
  if (page) {
    struct strings strings = {.text = physical_to_virtual(page)};
    error = strings_append(&strings, arguments, &strings.argument_count);
    if (!error) error = strings_append(&strings, environment, &strings.environment_count);
    if (!error) error = exec_inode(frame, inode, path, &strings);
    frame_release(page);
  }
  inode_release(inode);
  return error;
}
