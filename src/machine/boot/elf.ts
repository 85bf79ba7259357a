import { UserError } from '../../errors.ts';
import { readWords, viewOf } from './bytes.ts';
import { planLinux } from './linux.ts';
import type { LoadInputs, LoadPlan, NamedBytes, Piece } from './plan.ts';
import { piece } from './plan.ts';
import { BOOT_FLAG, LOADED_HIGH, SETUP_FIELDS, SETUP_MAGIC, SetupHeader } from './setup-header.ts';

/** A loadable segment; addresses as in its program header, bytes cut from the file. */
export interface ElfSegment {
  readonly physical: number;
  readonly virtual: number;
  /** Size in memory; what exceeds `bytes` is zero. */
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** An i386 executable. Source: System V ABI, chapters 4 and 5. */
export interface ElfExecutable {
  /** Physical address of the first instruction. */
  readonly entry: number;
  readonly segments: readonly ElfSegment[];
  /** Something in it is for an operating system to act on: hardly a Linux kernel. */
  readonly isProgram: boolean;
}

export interface ElfKernel extends NamedBytes {
  readonly format: 'elf';
  readonly executable: ElfExecutable;
}

const ELF_MAGIC = 0x464c457f;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const TYPE_EXECUTABLE = 2;
const MACHINE_386 = 3;
const MACHINE_X86_64 = 62;
const SEGMENT_LOAD = 1;
/** Interpreter, thread-local storage, RELRO: program headers that the programs of an operating system have. */
const PROGRAM_SEGMENTS: readonly number[] = [3, 7, 0x6474e552];
const HEADER_SIZE = 52;
const PROGRAM_HEADER_SIZE = 32;

/** A vmlinux carries no setup header; this is the protocol version its boot_params then claim. */
const VMLINUX_PROTOCOL = 0x20c;
const VMLINUX_HEADER_END = 0x268;
const VMLINUX_COMMAND_LINE = 2047;
const VMLINUX_INITRD_MAX = 0x37ffffff;
/** Linux builds its first page tables right behind its image. */
const EARLY_PAGE_TABLES = 2 ** 20;

export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 16 && viewOf(bytes).getUint32(0, true) === ELF_MAGIC;
}

export function isElf64(bytes: Uint8Array): boolean {
  return bytes[4] === CLASS_64;
}

/** @throws UserError when this is not an ELF executable for the i386, or is truncated */
export function parseElf({ name, bytes }: NamedBytes): ElfExecutable {
  checkMachine(name, bytes);
  const view = viewOf(bytes);
  const tableOffset = view.getUint32(28, true);
  const entrySize = view.getUint16(42, true);
  const count = view.getUint16(44, true);
  requireBytes(name, bytes, tableOffset + count * entrySize);
  if (count > 0 && entrySize < PROGRAM_HEADER_SIZE) throw new UserError(`${name}: a damaged ELF program header table`);
  const segments: ElfSegment[] = [];
  let isProgram = false;
  for (let i = 0; i < count; i++) {
    const at = tableOffset + i * entrySize;
    const type = view.getUint32(at, true);
    if (PROGRAM_SEGMENTS.includes(type)) isProgram = true;
    if (type === SEGMENT_LOAD) segments.push(readSegment(name, bytes, at));
  }
  const loaded = segments.filter((segment) => segment.size > 0);
  if (loaded.length === 0) throw new UserError(`${name}: not a kernel: an ELF file with nothing to load`);
  return { entry: physicalEntry(name, view.getUint32(24, true), loaded), segments: loaded, isProgram };
}

export function segmentPieces(executable: ElfExecutable): Piece[] {
  return executable.segments.map(({ physical, size, bytes }) => piece('a kernel segment', physical, bytes, size));
}

/** @throws UserError when kernel, initrd or command line do not fit */
export function planElf({ name, executable }: ElfKernel, inputs: LoadInputs): LoadPlan {
  const runtimeEnd = Math.max(...executable.segments.map(({ physical, size }) => physical + size)) + EARLY_PAGE_TABLES;
  const pieces = segmentPieces(executable);
  return planLinux({ name, header: vmlinuxHeader(), pieces, entry: executable.entry, runtimeEnd }, inputs);
}

function checkMachine(name: string, bytes: Uint8Array): void {
  requireBytes(name, bytes, HEADER_SIZE);
  const view = viewOf(bytes);
  const machine = view.getUint16(18, true);
  if (machine === MACHINE_X86_64)
    throw new UserError(`${name}: an x86-64 kernel or program; vmi86 runs 32-bit (i386) kernels`);
  if (machine !== MACHINE_386 || isElf64(bytes) || bytes[5] !== LITTLE_ENDIAN) {
    throw new UserError(`${name}: not an i386 kernel: an ELF file for another machine (e_machine ${machine})`);
  }
  if (view.getUint16(16, true) !== TYPE_EXECUTABLE) {
    throw new UserError(`${name}: not a kernel: an ELF file, but not an executable`);
  }
}

function readSegment(name: string, bytes: Uint8Array, at: number): ElfSegment {
  const [offset, virtual, physical, fileSize, memorySize] = readWords(bytes, at, [4, 8, 12, 16, 20]);
  requireBytes(name, bytes, offset + fileSize);
  if (fileSize > memorySize) throw new UserError(`${name}: a damaged ELF program header table`);
  return { physical, virtual, size: memorySize, bytes: bytes.subarray(offset, offset + fileSize) };
}

/** Kernels linked high give the entry as a physical address (Linux) or a virtual one. */
function physicalEntry(name: string, entry: number, segments: readonly ElfSegment[]): number {
  const holds = (base: number, size: number) => entry >= base && entry < base + size;
  if (segments.some(({ physical, size }) => holds(physical, size))) return entry;
  const segment = segments.find(({ virtual, size }) => holds(virtual, size));
  if (!segment) throw new UserError(`${name}: not a kernel: its entry point 0x${entry.toString(16)} is not in it`);
  return entry - segment.virtual + segment.physical;
}

function vmlinuxHeader(): Uint8Array {
  const bytes = new Uint8Array(VMLINUX_HEADER_END);
  new SetupHeader(bytes).set({
    boot_flag: BOOT_FLAG,
    jump_distance: VMLINUX_HEADER_END - SETUP_FIELDS.header.offset,
    header: SETUP_MAGIC,
    version: VMLINUX_PROTOCOL,
    loadflags: LOADED_HIGH,
    cmdline_size: VMLINUX_COMMAND_LINE,
    initrd_addr_max: VMLINUX_INITRD_MAX,
  });
  return bytes;
}

function requireBytes(name: string, bytes: Uint8Array, expected: number): void {
  if (bytes.length < expected) {
    throw new UserError(`${name}: truncated kernel image: ${bytes.length} bytes of at least ${expected}`);
  }
}
