/* ELF32 as far as static i386 programs use it. */
#pragma once
#include "types.h"

enum { ELF_CLASS_32 = 1, ELF_EXECUTABLE = 2, ELF_386 = 3, ELF_LOAD = 1, ELF_INTERPRETER = 3, ELF_WRITABLE = 2 };

struct elf_header {
  u8 magic[4], class, data, version, padding[9];
  u16 type, machine;
  u32 version2, entry, program_offset, section_offset, flags;
  u16 header_size, program_size, program_count, section_size, section_count, section_names;
};

struct elf_program {
  u32 type, offset, address, physical, file_size, memory_size, flags, alignment;
};
