/** Where `vmi86 disasm` gets its bytes: the command line, a raw file, or an address range of an ELF file. */
import { UserError } from '../errors.ts';
import { isElf } from '../machine/boot/elf.ts';
import { readInput } from '../machine/input-files.ts';
import { readElfFile } from '../symbols/elf-file.ts';
import { SymbolTable } from '../symbols/symbol-table.ts';

/** Bytes in a row. */
export interface Extent {
  /** Linear address of the first byte. */
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface Source {
  /** Everything that code may continue into. */
  readonly extents: readonly Extent[];
  /** What is to be shown: part of `extents`, [address, end). */
  readonly shown: readonly (readonly [number, number])[];
  readonly symbols: SymbolTable;
}

export interface SourceOptions {
  hex?: string;
  base?: number;
  range?: string;
}

const MOST_BYTES = 2 ** 30;
const NO_SYMBOLS = new SymbolTable([]);

/** @throws UserError */
export function readSource(file: string | undefined, options: SourceOptions): Source {
  if ((file === undefined) === (options.hex === undefined)) throw new UserError('give either a FILE or --hex BYTES');
  if (file === undefined) return raw('--hex', parseHex(options.hex!), options);
  const bytes = readInput(file, MOST_BYTES);
  if (!isElf(bytes)) return raw(file, bytes, options);
  if (options.base !== undefined) throw new UserError(`${file}: --base is for raw bytes, an ELF file has addresses`);
  const { segments, symbols } = readElfFile({ name: file, bytes });
  const extents = segments.filter(({ executable }) => executable);
  if (extents.length === 0) throw new UserError(`${file}: an ELF file without code that is loaded`);
  return { extents, shown: shownOf(file, extents, symbols, options.range), symbols };
}

function raw(name: string, bytes: Uint8Array, { base = 0, range }: SourceOptions): Source {
  if (base + bytes.length > 2 ** 32) throw new UserError(`${name}: ${bytes.length} bytes do not fit behind --base`);
  const extents = [{ address: base, bytes }];
  return { extents, shown: shownOf(name, extents, NO_SYMBOLS, range), symbols: NO_SYMBOLS };
}

/** Hexadecimal bytes, with or without spaces, commas and 0x. */
function parseHex(text: string): Uint8Array {
  const digits = text.replace(/0x|[\s,]/gi, '');
  const wrong = /[^0-9a-f]/i.exec(digits);
  if (wrong) throw new UserError(`--hex: '${wrong[0]}' is no hexadecimal digit`);
  if (digits === '') throw new UserError('--hex: no bytes given');
  if (digits.length % 2) throw new UserError('--hex: an odd number of digits');
  return Uint8Array.from(digits.match(/../g)!, (pair) => Number.parseInt(pair, 16));
}

/** START-END, START or a symbol; without it everything. */
function shownOf(name: string, extents: readonly Extent[], symbols: SymbolTable, range: string | undefined) {
  if (range === undefined) return extents.map(({ address, bytes }) => [address, address + bytes.length] as const);
  const [start, end] = rangeOf(name, symbols, range);
  const home = extents.find(({ address, bytes }) => start >= address && start < address + bytes.length);
  if (!home) throw new UserError(`${name}: no code at 0x${start.toString(16)}; ${placesOf(extents)}`);
  const last = home.address + home.bytes.length;
  if (end !== undefined && (end <= start || end > last))
    throw new UserError(`${name}: --range ends at 0x${end.toString(16)}; ${placesOf(extents)}`);
  return [[start, end ?? last] as const];
}

function rangeOf(name: string, symbols: SymbolTable, range: string): [number, number | undefined] {
  const match = /^(?:0x)?([0-9a-f]{1,8})(?:-(?:0x)?([0-9a-f]{1,8}))?$/i.exec(range);
  const symbol = symbols.named(range);
  if (symbol) return [symbol.address, symbol.size ? symbol.address + symbol.size : undefined];
  if (!match) throw new UserError(`${name}: --range ${range}: no such symbol, and no range of hexadecimal addresses`);
  return [Number.parseInt(match[1]!, 16), match[2] === undefined ? undefined : Number.parseInt(match[2], 16)];
}

function placesOf(extents: readonly Extent[]): string {
  const places = extents.map(
    ({ address, bytes }) => `0x${address.toString(16)}-0x${(address + bytes.length).toString(16)}`,
  );
  return `there is code at ${places.join(', ')}`;
}
