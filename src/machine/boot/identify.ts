import { UserError } from '../../errors.ts';
import type { BzImage } from './bzimage.ts';
import { isLinuxImage, parseBzImage } from './bzimage.ts';
import type { ElfKernel } from './elf.ts';
import { isElf, parseElf } from './elf.ts';
import type { MultibootKernel } from './multiboot.ts';
import { findMultibootHeader, parseMultiboot } from './multiboot.ts';
import type { NamedBytes } from './plan.ts';

/** A kernel that has been found fit to start. */
export type KernelImage = BzImage | ElfKernel | MultibootKernel;

/** Files that people give by mistake, by the bytes they begin with. */
const MISTAKES: readonly { magic: readonly number[]; what: string }[] = [
  { magic: [0x1f, 0x8b], what: 'a gzip file; unpack it first' },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], what: 'an xz file; unpack it first' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], what: 'a zstd file; unpack it first' },
  { magic: [0x30, 0x37, 0x30, 0x37, 0x30, 0x31], what: 'a cpio archive (an initrd?)' },
];

/**
 * What kind of kernel a file holds.
 * @throws UserError when it is none, or none that vmi86 can start
 */
export function identifyKernel(file: NamedBytes): KernelImage {
  const { name, bytes } = file;
  if (bytes.length === 0) throw new UserError(`${name}: the file is empty`);
  if (isLinuxImage(bytes)) return parseBzImage(file);
  const multiboot = findMultibootHeader(bytes);
  if (multiboot >= 0) return parseMultiboot(file, multiboot);
  if (isElf(bytes)) return identifyElf(file);
  const mistake = MISTAKES.find(({ magic }) => magic.every((byte, index) => bytes[index] === byte));
  throw new UserError(`${name}: not a kernel: ${mistake?.what ?? 'neither a Linux bzImage, nor ELF, nor Multiboot'}`);
}

function identifyElf(file: NamedBytes): ElfKernel {
  const executable = parseElf(file);
  if (executable.isProgram) throw new UserError(`${file.name}: not a kernel: a program of some operating system`);
  return { format: 'elf', ...file, executable };
}
