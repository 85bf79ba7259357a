/** Just enough ACPI machine language to say what is on the board (ACPI specification, ch. 20 "AML"). */

const Op = {
  ZERO: 0x00,
  ONE: 0x01,
  NAME: 0x08,
  BYTE: 0x0a,
  WORD: 0x0b,
  DWORD: 0x0c,
  SCOPE: 0x10,
  BUFFER: 0x11,
  PACKAGE: 0x12,
};
const DEVICE = [0x5b, 0x82];

export type Aml = number[];

function word(value: number): Aml {
  return [value & 0xff, (value >> 8) & 0xff];
}

function dword(value: number): Aml {
  return [...word(value), ...word(value >>> 16)];
}

export function integer(value: number): Aml {
  if (value === 0) return [Op.ZERO];
  if (value === 1) return [Op.ONE];
  if (value <= 0xff) return [Op.BYTE, value];
  return value <= 0xffff ? [Op.WORD, ...word(value)] : [Op.DWORD, ...dword(value)];
}

/** PkgLength counts itself: one byte up to 63, else two or three. */
function withLength(body: Aml): Aml {
  if (body.length + 1 < 0x40) return [body.length + 1, ...body];
  const extra = body.length + 2 < 0x1000 ? 1 : 2;
  const length = body.length + 1 + extra;
  const rest = extra === 1 ? [length >> 4] : [(length >> 4) & 0xff, length >> 12];
  return [(extra << 6) | (length & 0xf), ...rest, ...body];
}

/** `path` is one segment, padded to four characters, with an optional leading backslash. */
function nameString(path: string): Aml {
  const root = path.startsWith('\\');
  const segment = path.slice(root ? 1 : 0).padEnd(4, '_');
  return [...(root ? '\\' : ''), ...segment].map((character) => character.charCodeAt(0));
}

export function name(path: string, value: Aml): Aml {
  return [Op.NAME, ...nameString(path), ...value];
}

export function scope(path: string, ...terms: Aml[]): Aml {
  return [Op.SCOPE, ...withLength([...nameString(path), ...terms.flat()])];
}

export function device(path: string, ...terms: Aml[]): Aml {
  return [...DEVICE, ...withLength([...nameString(path), ...terms.flat()])];
}

/** At most 255 elements. */
export function packageOf(...elements: Aml[]): Aml {
  return [Op.PACKAGE, ...withLength([elements.length, ...elements.flat()])];
}

export function buffer(bytes: number[]): Aml {
  return [Op.BUFFER, ...withLength([...integer(bytes.length), ...bytes])];
}

/** A compressed EISA identifier such as PNP0A03. */
export function eisaId(id: string): Aml {
  const letter = (i: number) => id.charCodeAt(i) - 0x40;
  const letters = (letter(0) << 10) | (letter(1) << 5) | letter(2);
  const product = Number.parseInt(id.slice(3), 16);
  return [Op.DWORD, letters >> 8, letters & 0xff, product >> 8, product & 0xff];
}

const ResourceType = { MEMORY: 0, IO: 1, BUS: 2 };
/** Address descriptors: produced for what lies behind a bridge, minimum and maximum fixed. */
const FIXED_RANGE = 0x0c;
const IO_ENTIRE_RANGE = 0x03;
const MEMORY_READ_WRITE = 0x01;

function wordRange(type: number, flags: number, base: number, length: number): number[] {
  const fields = [0, base, base + length - 1, 0, length];
  return [0x88, ...word(0x0d), type, FIXED_RANGE, flags, ...fields.flatMap(word)];
}

/** Descriptors of ch. 6.4 "Resource data types for ACPI". */
export const resource = {
  busNumbers: (first: number, count: number) => wordRange(ResourceType.BUS, 0, first, count),
  ioWindow: (base: number, length: number) => wordRange(ResourceType.IO, IO_ENTIRE_RANGE, base, length),
  memoryWindow: (base: number, length: number) => {
    const fields = [0, base, base + length - 1, 0, length];
    return [0x87, ...word(0x17), ResourceType.MEMORY, FIXED_RANGE, MEMORY_READ_WRITE, ...fields.flatMap(dword)];
  },
  ports: (base: number, length: number) => [0x47, 0x01, ...word(base), ...word(base), 1, length],
};

export function resourceTemplate(...descriptors: number[][]): Aml {
  return buffer([...descriptors.flat(), 0x79, 0]);
}
