import { basename } from 'node:path';
import { UserError } from '../../errors.ts';
import type { E820Entry } from '../e820.ts';
import { HIGH_MEMORY_BASE } from '../memory-map.ts';
import { cString, readWords, viewOf, words } from './bytes.ts';
import { isElf, parseElf, segmentPieces } from './elf.ts';
import { flatStart, gdtPiece, HANDOVER } from './handover.ts';
import type { LoadInputs, LoadPlan, NamedBytes, Piece } from './plan.ts';
import { piece, ramEnd } from './plan.ts';

/** A Multiboot kernel. Source: Multiboot Specification 0.6.96. */
export interface MultibootKernel extends NamedBytes {
  readonly format: 'multiboot';
  /** Physical address of the first instruction. */
  readonly entry: number;
  readonly pieces: readonly Piece[];
}

const HEADER_MAGIC = 0x1badb002;
const LOADER_MAGIC = 0x2badb002;
/** The header lies wholly within the first 8 KB of the file, aligned to 4. */
const HEADER_SEARCH = 8192;

/** Header flags. Bits 0-15 are requirements: a loader that does not know one must refuse. */
const ADDRESSES_VALID = 0x10000;
/** Page-aligned modules, memory information, preferred video mode (a preference: there is no screen to set). */
const KNOWN_REQUIREMENTS = 0x7;
const REQUIREMENTS = 0xffff;

/** Information structure: its flags and the offsets of the fields they announce. */
const INFO_SIZE = 120;
/** For the structure and what it points to, the command line included. */
const INFO_ROOM = 0x2000;
const HAS_MEMORY = 0x001;
const HAS_COMMAND_LINE = 0x004;
const HAS_MODULES = 0x008;
const HAS_MEMORY_MAP = 0x040;
const HAS_LOADER_NAME = 0x200;
const INFO = {
  flags: 0,
  mem_lower: 4,
  mem_upper: 8,
  cmdline: 16,
  mods_count: 20,
  mods_addr: 24,
  mmap_length: 44,
  mmap_addr: 48,
  boot_loader_name: 64,
} as const;

const MAP_ENTRY_SIZE = 24;
const PAGE = 4096;

/** The offset of the Multiboot header in the file, or -1. */
export function findMultibootHeader(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  const end = Math.min(bytes.length, HEADER_SEARCH);
  for (let at = 0; at + 12 <= end; at += 4) {
    if (view.getUint32(at, true) !== HEADER_MAGIC) continue;
    const sum = HEADER_MAGIC + view.getUint32(at + 4, true) + view.getUint32(at + 8, true);
    if (sum % 2 ** 32 === 0) return at;
  }
  return -1;
}

/** @throws UserError when the kernel asks for what vmi86 does not have, or is truncated */
export function parseMultiboot({ name, bytes }: NamedBytes, headerAt: number): MultibootKernel {
  const flags = viewOf(bytes).getUint32(headerAt + 4, true);
  const unknown = flags & REQUIREMENTS & ~KNOWN_REQUIREMENTS;
  if (unknown !== 0) {
    throw new UserError(`${name}: this Multiboot kernel requires unknown features (flags 0x${unknown.toString(16)})`);
  }
  if (flags & ADDRESSES_VALID)
    return { format: 'multiboot', name, bytes, ...parseAddressFields(name, bytes, headerAt) };
  if (!isElf(bytes)) throw new UserError(`${name}: this Multiboot kernel is not ELF and gives no load addresses`);
  const executable = parseElf({ name, bytes });
  return { format: 'multiboot', name, bytes, entry: executable.entry, pieces: segmentPieces(executable) };
}

/** @throws UserError when kernel, modules or command line do not fit */
export function planMultiboot(kernel: MultibootKernel, inputs: LoadInputs): LoadPlan {
  const info = buildInformation(kernel, inputs);
  const pieces = [gdtPiece(), ...kernel.pieces, ...info];
  return { pieces, start: flatStart({ eip: kernel.entry, eax: LOADER_MAGIC, ebx: informationAddress(kernel.pieces) }) };
}

/** The "a.out kludge": load addresses in the header itself. */
function parseAddressFields(name: string, bytes: Uint8Array, headerAt: number): { entry: number; pieces: Piece[] } {
  if (bytes.length < headerAt + 32) throw new UserError(`${name}: truncated kernel image: its header is cut off`);
  const [header, load, loadEnd, bssEnd, entry] = readWords(bytes, headerAt, [12, 16, 20, 24, 28]);
  const offset = headerAt - (header - load);
  if (offset < 0 || load > header) throw new UserError(`${name}: damaged load addresses in the Multiboot header`);
  const fileSize = loadEnd === 0 ? bytes.length - offset : loadEnd - load;
  const size = Math.max(fileSize, bssEnd === 0 ? 0 : bssEnd - load);
  if (fileSize < 0 || entry < load || entry >= load + size) {
    throw new UserError(`${name}: damaged load addresses in the Multiboot header`);
  }
  if (bytes.length < offset + fileSize) {
    throw new UserError(`${name}: truncated kernel image: ${bytes.length} bytes of ${offset + fileSize}`);
  }
  return { entry, pieces: [piece('the kernel', load, bytes.subarray(offset, offset + fileSize), size)] };
}

/** The information structure with everything it points to, and the module. */
function buildInformation(kernel: MultibootKernel, inputs: LoadInputs): Piece[] {
  const module = modulePiece(kernel, inputs);
  const at = informationAddress(kernel.pieces);
  const block = new HandoverBlock(at, INFO_SIZE);
  const word = (field: keyof typeof INFO, value: number) => block.setWord(INFO[field], value);
  word('flags', HAS_MEMORY | HAS_COMMAND_LINE | HAS_MODULES | HAS_MEMORY_MAP | HAS_LOADER_NAME);
  word('mem_lower', ramEnd(inputs.e820, 0) / 1024);
  word('mem_upper', Math.max(0, ramEnd(inputs.e820, HIGH_MEMORY_BASE) - HIGH_MEMORY_BASE) / 1024);
  word('cmdline', block.append(commandLine(kernel.name, inputs.commandLine)));
  word('mods_count', module ? 1 : 0);
  if (module && inputs.initrd) {
    const text = block.append(cString(basename(inputs.initrd.name)));
    word('mods_addr', block.append(words(module.address, module.address + module.size, text, 0)));
  }
  const map = memoryMap(inputs.e820);
  word('mmap_length', map.length);
  word('mmap_addr', block.append(map));
  word('boot_loader_name', block.append(cString('vmi86')));
  const info = piece('the Multiboot information', at, block.bytes());
  return module ? [info, module] : [info];
}

/** At the usual place or, where the kernel itself lies there, behind the kernel's parts in low memory. */
function informationAddress(kernel: readonly Piece[]): number {
  let address: number = HANDOVER.parameters;
  for (const part of kernel.toSorted((a, b) => a.address - b.address)) {
    const end = part.address + part.size;
    if (part.address < address + INFO_ROOM && end > address) address = Math.ceil(end / PAGE) * PAGE;
  }
  return address;
}

/** By custom the first word is the kernel's own name. */
function commandLine(kernelName: string, text: string): Uint8Array {
  const bytes = cString(`${basename(kernelName)} ${text}`.trim());
  if (bytes.length > HANDOVER.commandLineLimit) {
    throw new UserError(`${kernelName}: the command line is too long: at most ${HANDOVER.commandLineLimit - 1} bytes`);
  }
  return bytes;
}

/** Right behind the kernel, where its first page tables most likely still reach. */
function modulePiece(kernel: MultibootKernel, { e820, initrd }: LoadInputs): Piece | undefined {
  if (!initrd) return undefined;
  const kernelEnd = Math.max(HIGH_MEMORY_BASE, ...kernel.pieces.map(({ address, size }) => address + size));
  const address = Math.ceil(kernelEnd / PAGE) * PAGE;
  const room = Math.max(0, ramEnd(e820, HIGH_MEMORY_BASE) - address);
  if (initrd.bytes.length > room) {
    const size = initrd.bytes.length;
    throw new UserError(
      `${initrd.name}: the initrd does not fit: ${size} bytes, the kernel leaves ${room} of guest memory`,
    );
  }
  return piece('the initrd', address, initrd.bytes);
}

function memoryMap(e820: readonly E820Entry[]): Uint8Array {
  const bytes = new Uint8Array(e820.length * MAP_ENTRY_SIZE);
  const view = new DataView(bytes.buffer);
  e820.forEach(({ base, length, type }, index) => {
    const at = index * MAP_ENTRY_SIZE;
    view.setUint32(at, MAP_ENTRY_SIZE - 4, true);
    view.setBigUint64(at + 4, BigInt(base), true);
    view.setBigUint64(at + 12, BigInt(length), true);
    view.setUint32(at + 20, type, true);
  });
  return bytes;
}

/** A structure with what it points to appended behind it. */
class HandoverBlock {
  readonly #address: number;
  readonly #parts: Uint8Array[];
  readonly #head: DataView;
  #size: number;

  /** @param address where it will lie, physical */
  constructor(address: number, headSize: number) {
    this.#address = address;
    const head = new Uint8Array(headSize);
    this.#parts = [head];
    this.#head = new DataView(head.buffer);
    this.#size = headSize;
  }

  setWord(offset: number, value: number): void {
    this.#head.setUint32(offset, value, true);
  }

  /** @returns the physical address of the appended bytes, aligned to 4 */
  append(bytes: Uint8Array): number {
    const address = this.#address + this.#size;
    const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
    padded.set(bytes);
    this.#parts.push(padded);
    this.#size += padded.length;
    return address;
  }

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts));
  }
}
