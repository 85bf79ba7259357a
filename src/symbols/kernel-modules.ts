/**
 * Functions of the modules that a running Linux kernel has loaded, as its memory has them: the ring of `struct module`
 * and each module's symbol table. What lies before a module's name has been the same since 2.6.0; where the ring and
 * the symbol tables are depends on version and configuration, so they are found by their shape.
 * Source: include/linux/module.h and kernel/module of Linux.
 */
import { viewOf } from '../machine/boot/bytes.ts';
import type { CodeSymbol } from './symbol-table.ts';
import { CODE_TYPES } from './system-map.ts';

export interface ModuleSymbol extends CodeSymbol {
  readonly module: string;
}

/** A copy of guest memory by linear address, as much in a row as there is. */
export type Peek = (linear: number, length: number) => Uint8Array;

/** struct module: state, links to the links of the next and of the last one, and name, on a cache line of its own. */
const LINKS = 4;
const NAME = 12;
const NAME_BYTES = 60;
const HEAD_BYTES = NAME + NAME_BYTES;
const ALIGNMENT = 32;
const MOST_STATE = 3;
/** The kernel's half of the address space begins here or above (the split of 2 GB each). */
const LOWEST_KERNEL_ADDRESS = 0x8000_0000;
/** Bytes of struct module in which its symbol table is looked for. */
const STRUCT_BYTES = 1024;
/** Where the number of symbols and their strings are pointed at, seen from the pointer to the symbols: until 4.4 also. */
const LAYOUTS = [
  { count: 4, strings: 8 },
  { count: 8, strings: 16 },
] as const;
const MOST_MODULES = 1000;
const MOST_SYMBOLS = 1 << 16;
/** Elf32_Sym. System V ABI, chapter 4. */
const SYMBOL_BYTES = 16;
const FUNCTION = 2;
const LONGEST_NAME = 512;

/** @param ram guest RAM */
export function* moduleSymbols(ram: Uint8Array, peek: Peek): Generator<ModuleSymbol> {
  for (const { name, struct } of modules(ram, peek)) {
    const symbols = functionsOf(peek, struct);
    for (const [n, symbol] of symbols.entries()) {
      // Sizes are not what all versions keep there, so the next function ends one.
      const size = (symbols[n + 1]?.address ?? symbol.address + symbol.size) - symbol.address;
      yield { ...symbol, size, module: name };
    }
  }
}

interface Module {
  readonly name: string;
  readonly struct: DataView;
}

/** Round the ring, which goes through all modules and the kernel's head of the list. */
function* modules(ram: Uint8Array, peek: Peek): Generator<Module> {
  const first = anyModule(ram, peek);
  if (first === undefined) return;
  let links: number = first;
  for (let n = 0; n < MOST_MODULES; n++) {
    const bytes = peek(links - LINKS, STRUCT_BYTES);
    if (bytes.length < HEAD_BYTES) return;
    const struct = viewOf(bytes);
    if (isModule(struct, 0)) yield { name: text(bytes, NAME, NAME_BYTES), struct };
    links = struct.getUint32(LINKS, true);
    if (links === first) return;
  }
}

/** Linear address of the links of some module; undefined where there is none. */
function anyModule(ram: Uint8Array, peek: Peek): number | undefined {
  const view = viewOf(ram);
  const words = new Int32Array(ram.buffer, ram.byteOffset, ram.length >> 2);
  for (let at = 0; at + HEAD_BYTES <= ram.length; at += ALIGNMENT) {
    // Most of memory is told by its sign: no pointer into the kernel.
    if (words[(at + LINKS) >> 2]! >= 0 || !isModule(view, at)) continue;
    // The next one's link back says where this one is.
    const self = wordAt(peek, view.getUint32(at + LINKS, true) + 4);
    const back = wordAt(peek, view.getUint32(at + LINKS + 4, true));
    if (self === undefined || self !== back) continue;
    if (Buffer.compare(peek(self - LINKS, HEAD_BYTES), ram.subarray(at, at + HEAD_BYTES)) === 0) return self;
  }
  return undefined;
}

function wordAt(peek: Peek, linear: number): number | undefined {
  const bytes = peek(linear >>> 0, 4);
  return bytes.length < 4 ? undefined : viewOf(bytes).getUint32(0, true);
}

/** State, two pointers into the kernel, and a name with nothing behind it. */
function isModule(view: DataView, at: number): boolean {
  if (view.getUint32(at, true) > MOST_STATE) return false;
  if (view.getUint32(at + LINKS, true) < LOWEST_KERNEL_ADDRESS) return false;
  if (view.getUint32(at + LINKS + 4, true) < LOWEST_KERNEL_ADDRESS) return false;
  let length = 0;
  while (length < NAME_BYTES && isNameByte(view.getUint8(at + NAME + length))) length++;
  if (length === 0) return false;
  for (let n = length; n < NAME_BYTES; n++) if (view.getUint8(at + NAME + n) !== 0) return false;
  return true;
}

const isNameByte = (byte: number): boolean => /\w/.test(String.fromCharCode(byte));

/** By address; none where no symbol table is found. */
function functionsOf(peek: Peek, struct: DataView): CodeSymbol[] {
  for (let at = NAME + NAME_BYTES; at + 20 <= struct.byteLength; at += 4) {
    for (const { count, strings } of LAYOUTS) {
      const word = (offset: number): number => struct.getUint32(at + offset, true);
      const found = functionsIn(peek, word(0), word(count), word(strings));
      if (found) return found.sort((a, b) => a.address - b.address);
    }
  }
  return [];
}

/** The functions of a symbol table, if this is one: its first symbol and its first string are empty. */
function functionsIn(peek: Peek, symbols: number, count: number, strings: number): CodeSymbol[] | undefined {
  if (count < 2 || count > MOST_SYMBOLS || symbols === 0 || strings === 0) return undefined;
  const table = peek(symbols, count * SYMBOL_BYTES);
  if (table.length < count * SYMBOL_BYTES || table.subarray(0, SYMBOL_BYTES).some((byte) => byte !== 0))
    return undefined;
  const view = viewOf(table);
  const starts = Array.from({ length: count }, (_, n) => view.getUint32(n * SYMBOL_BYTES, true));
  const last = starts.reduce((most, start) => Math.max(most, start), 0);
  if (last === 0 || last > MOST_SYMBOLS * LONGEST_NAME) return undefined;
  const texts = peek(strings, last + LONGEST_NAME);
  if (texts.length <= last || texts[0] !== 0) return undefined;
  const found: CodeSymbol[] = [];
  for (let n = 1; n < count; n++) {
    const at = n * SYMBOL_BYTES;
    const name = text(texts, starts[n]!, LONGEST_NAME);
    if (!/^[\x21-\x7e]*$/.test(name)) return undefined;
    if (name === '' || !isFunction(view.getUint8(at + 12))) continue;
    found.push({ name, address: view.getUint32(at + 4, true), size: view.getUint32(at + 8, true) });
  }
  return found;
}

/** By st_info: until 4.20 it holds the letter that nm would print. */
const isFunction = (info: number): boolean =>
  (info & 15) === FUNCTION || CODE_TYPES.includes(String.fromCharCode(info));

const text = (bytes: Uint8Array, start: number, most: number): string =>
  Buffer.from(bytes.subarray(start, start + most))
    .toString('latin1')
    .split('\0', 1)[0]!;
