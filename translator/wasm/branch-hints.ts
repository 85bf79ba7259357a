/**
 * Branch hints for emitted modules: binaryen's API has none, so the custom section metadata.code.branch_hint is
 * added to the bytes afterwards. Hinted as unlikely is every `if` on a TLB check, which is recognised by its
 * instructions: i32.const 8000000xh, i32.and, if. A wrong hint would cost time, never correctness.
 */

const CODE_SECTION = 10;
const IMPORT_SECTION = 2;
const IMPORT_KIND_FUNCTION = 0;
/** After `i32.const` and the low byte: the rest of 8000000xh in signed LEB128, `i32.and`, `if` without result. */
const TAIL = [0x80, 0x80, 0x80, 0x78, 0x71, 0x04, 0x40];
const I32_CONST = 0x41;
/** From the constant to the `if` itself. */
const IF_OFFSET = 7;
const NAME = new TextEncoder().encode('metadata.code.branch_hint');

const leb = (value: number): number[] => {
  const bytes: number[] = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value ? low | 0x80 : low);
  } while (value);
  return bytes;
};

class Reader {
  readonly bytes: Uint8Array;
  at: number;
  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }
  leb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }
  skipName(): void {
    const length = this.leb();
    this.at += length;
  }
}

/** Functions that are imported, and so come first in the numbering. */
const countImportedFunctions = (reader: Reader): number => {
  let functions = 0;
  for (let left = reader.leb(); left > 0; left--) {
    reader.skipName();
    reader.skipName();
    const kind = reader.bytes[reader.at++]!;
    if (kind === IMPORT_KIND_FUNCTION) {
      functions++;
      reader.leb();
      continue;
    }
    if (kind === 1) reader.at++; // table: reference type, then limits
    const flags = reader.leb();
    reader.leb();
    if (flags & 1) reader.leb();
  }
  return functions;
};

/** Offsets of hinted `if`s in a function body, from the body's first byte. */
const unlikelyIfs = (bytes: Uint8Array, start: number, end: number): number[] => {
  const found: number[] = [];
  for (let at = start; at < end - TAIL.length - 2; at++) {
    if (bytes[at] !== I32_CONST || TAIL.some((byte, n) => bytes[at + 2 + n] !== byte)) continue;
    found.push(at + IF_OFFSET - start);
    at += TAIL.length + 1;
  }
  return found;
};

/** The module with the hint section put before its code section. */
export const addBranchHints = (module: Uint8Array): Uint8Array<ArrayBuffer> => {
  const reader = new Reader(module, 8);
  let imported = 0;
  while (reader.at < module.length) {
    const section = reader.at;
    const id = module[reader.at++]!;
    const size = reader.leb();
    const end = reader.at + size;
    if (id === IMPORT_SECTION) imported = countImportedFunctions(reader);
    if (id === CODE_SECTION) {
      const hints: number[] = [];
      let functions = 0;
      const count = reader.leb();
      for (let n = 0; n < count; n++) {
        const length = reader.leb();
        const offsets = unlikelyIfs(module, reader.at, reader.at + length);
        reader.at += length;
        if (!offsets.length) continue;
        functions++;
        hints.push(...leb(imported + n), ...leb(offsets.length));
        for (const offset of offsets) hints.push(...leb(offset), 1, 0);
      }
      const body = [...leb(NAME.length), ...NAME, ...leb(functions), ...hints];
      const custom = [0, ...leb(body.length), ...body];
      const out = new Uint8Array(module.length + custom.length);
      out.set(module.subarray(0, section));
      out.set(custom, section);
      out.set(module.subarray(section), section + custom.length);
      return out;
    }
    reader.at = end;
  }
  return new Uint8Array(module);
};
