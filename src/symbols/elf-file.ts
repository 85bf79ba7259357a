/**
 * i386 ELF files as far as symbols and code go: executables, shared objects and kernels.
 * Source: System V ABI, chapters 4 and 5.
 */
import { UserError } from '../errors.ts';
import { readWords, viewOf } from '../machine/boot/bytes.ts';
import { isElf } from '../machine/boot/elf.ts';
import type { NamedBytes } from '../machine/boot/plan.ts';
import { type CodeSymbol, SymbolTable } from './symbol-table.ts';

/** A segment that is loaded. Addresses are virtual, before any relocation. */
export interface CodeSegment {
  readonly address: number;
  /** Where a kernel's loader puts it. */
  readonly physical: number;
  /** Offset in the file. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

export interface ElfFile {
  readonly name: string;
  /** The whole file. */
  readonly bytes: Uint8Array;
  readonly segments: readonly CodeSegment[];
  readonly symbols: SymbolTable;
}

const CLASS_32 = 1;
const LITTLE_ENDIAN = 1;
const MACHINE_386 = 3;
const PROGRAM_HEADER = 32;
const SECTION_HEADER = 40;
const SYMBOL = 16;
const LOAD = 1;
const EXECUTE = 1;
/** Section types: the full symbol table, and the one for dynamic linking. */
const SYMTAB = 2;
const DYNSYM = 11;
/** Symbol types: none (assembly code often), function, and function chosen at run time. */
const CODE_TYPES: readonly number[] = [0, 2, 10];
const UNDEFINED = 0;

/** @throws UserError when this is no ELF file for the i386, or is truncated */
export function readElfFile({ name, bytes }: NamedBytes): ElfFile {
  if (!isElf(bytes)) throw new UserError(`${name}: not an ELF file`);
  const view = viewOf(bytes);
  if (
    bytes.length < 52 ||
    bytes[4] !== CLASS_32 ||
    bytes[5] !== LITTLE_ENDIAN ||
    view.getUint16(18, true) !== MACHINE_386
  )
    throw new UserError(`${name}: an ELF file, but not for the i386`);
  try {
    const segments = table(view, 28, 42, PROGRAM_HEADER)
      .filter((at) => view.getUint32(at, true) === LOAD)
      .map((at) => segmentAt(bytes, at));
    const sections = table(view, 32, 46, SECTION_HEADER);
    const executable = (address: number) =>
      segments.some((s) => s.executable && address >= s.address && address < s.address + s.bytes.length);
    const symbols = [SYMTAB, DYNSYM].flatMap((type) => symbolsOf(bytes, sections, type));
    return { name, bytes, segments, symbols: new SymbolTable(symbols.filter(({ address }) => executable(address))) };
  } catch (error) {
    if (error instanceof RangeError) throw new UserError(`${name}: a truncated or damaged ELF file`);
    throw error;
  }
}

/** Offsets of the entries of a header table, whose place and counts the file header holds. */
function table(view: DataView, offsetAt: number, sizeAt: number, least: number): number[] {
  const offset = view.getUint32(offsetAt, true);
  const size = view.getUint16(sizeAt, true);
  const count = view.getUint16(sizeAt + 2, true);
  if (count > 0 && size < least) throw new RangeError('entries too small');
  return Array.from({ length: offset ? count : 0 }, (_, n) => offset + n * size);
}

function segmentAt(bytes: Uint8Array, at: number): CodeSegment {
  const [offset, address, physical, size, flags] = readWords(bytes, at, [4, 8, 12, 16, 24]);
  return { address, physical, offset, bytes: slice(bytes, offset, size), executable: (flags & EXECUTE) !== 0 };
}

function symbolsOf(bytes: Uint8Array, sections: readonly number[], type: number): CodeSymbol[] {
  const view = viewOf(bytes);
  const section = sections.find((at) => view.getUint32(at + 4, true) === type);
  if (section === undefined) return [];
  const [offset, size, link] = readWords(bytes, section, [16, 20, 24]);
  const strings = sections[link];
  if (strings === undefined) throw new RangeError('no string table');
  const [stringsAt, stringsSize] = readWords(bytes, strings, [16, 20]);
  const names = Buffer.from(slice(bytes, stringsAt, stringsSize));
  slice(bytes, offset, size);
  const found: CodeSymbol[] = [];
  for (let at = offset; at + SYMBOL <= offset + size; at += SYMBOL) {
    const kind = view.getUint8(at + 12) & 15;
    const home = view.getUint16(at + 14, true);
    const nameAt = view.getUint32(at, true);
    if (!CODE_TYPES.includes(kind) || home === UNDEFINED || nameAt >= names.length) continue;
    const name = names.toString('latin1', nameAt, Math.max(nameAt, names.indexOf(0, nameAt)));
    if (!name) continue;
    const bytesLong = view.getUint32(at + 8, true);
    found.push({ name, address: view.getUint32(at + 4, true), size: bytesLong });
  }
  // Functions before labels, so that they give their address its name.
  return found.sort((a, b) => Number(b.size > 0) - Number(a.size > 0));
}

function slice(bytes: Uint8Array, offset: number, size: number): Uint8Array {
  if (offset + size > bytes.length) throw new RangeError('beyond the end');
  return bytes.subarray(offset, offset + size);
}
