/**
 * Branch hints for emitted modules: binaryen's API has none, so the custom section metadata.code.branch_hint is
 * added to the bytes afterwards. Hinted as unlikely is every `if` on a TLB check, which is recognised by its
 * instructions: i32.const 8000000xh, i32.and, if; and what leaves the usual way of SSE arithmetic: a test of an
 * exponent, or whether a float is unequal to itself, then `if` or br_if. A wrong hint would cost time, never correctness.
 */

import { leb, name, Reader, SECTION, section, sections } from './binary.ts';

const IMPORT_KIND_FUNCTION = 0;
const I32_CONST = 0x41;
const NAME = name('metadata.code.branch_hint');

/** Functions that are imported, and so come first in the numbering. */
const countImportedFunctions = (reader: Reader): number => {
  let functions = 0;
  for (let left = reader.leb(); left > 0; left--) {
    reader.sized();
    reader.sized();
    const kind = reader.byte();
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

const I32_EQZ = 0x45;
const I32_AND = 0x71;
const I32_ADD = 0x6a;
const F32_NE = 0x5c;
const F64_NE = 0x62;
const LOCAL_GET = 0x20;
const IF = 0x04;
const BR_IF = 0x0d;
/** TLB checks look at this and at the lowest bits: see region/accesses.ts. */
const TLB_CHECK = 0x8000_0000 | 0;
const LOWEST = 0x7f;
/**
 * What the tests of SSE arithmetic look at: see semantics/simd-usual.ts; and −1, of which an AND is a mark and nothing
 * else: see x87/round.ts.
 */
const TESTED: ReadonlySet<number> = new Set([0x7ff0_0000, 0x7f80_0000, 0x7fe, 0xfe, -1]);

const isBranch = (byte: number | undefined): boolean => byte === IF || byte === BR_IF;

/** Behind the number in LEB128 that begins at `at`. */
const behindLeb = (bytes: Uint8Array, at: number): number => {
  let last = at;
  while (bytes[last]! >= 0x80) last++;
  return last + 1;
};

/** Where the branch on an AND with a constant stands, perhaps negated, or -1 if it is not unlikely: i32.const is at `at`. */
const testedAt = (bytes: Uint8Array, at: number): number => {
  const next = behindLeb(bytes, at + 1);
  if (bytes[next] !== I32_AND) return -1;
  const branch = bytes[next + 1] === I32_EQZ ? next + 2 : next + 1;
  if (!isBranch(bytes[branch])) return -1;
  const value = new Reader(bytes, at + 1).signedLeb();
  return (value & ~LOWEST) === TLB_CHECK || TESTED.has(value) ? branch : -1;
};
/** The same for (exponent + 1) & usual == 0 and for x != x: the reading of a local begins at `at`. */
const comparedAt = (bytes: Uint8Array, at: number): number => {
  const next = behindLeb(bytes, at + 1);
  if (bytes[next] === I32_AND && bytes[next + 1] === I32_EQZ && bytes[next + 2] === IF) {
    return bytes[at - 1] === I32_ADD || bytes[at - 1] === I32_AND ? next + 2 : -1;
  }
  if (bytes[next] !== LOCAL_GET) return -1;
  const end = behindLeb(bytes, next + 1);
  if ((bytes[end] !== F32_NE && bytes[end] !== F64_NE) || !isBranch(bytes[end + 1])) return -1;
  const isSame = new Reader(bytes, at + 1).leb() === new Reader(bytes, next + 1).leb();
  return isSame ? end + 1 : -1;
};

/** Offsets of hinted `if`s and br_ifs in a function body, from the body's first byte. */
const unlikelyIfs = (bytes: Uint8Array, start: number, end: number): number[] => {
  const found: number[] = [];
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    const branch = byte === I32_CONST ? testedAt(bytes, at) : byte === LOCAL_GET ? comparedAt(bytes, at) : -1;
    if (branch < 0 || branch >= end) continue;
    found.push(branch - start);
    at = branch;
  }
  return found;
};

/** The module with the hint section put before its code section. */
export const addBranchHints = (module: Uint8Array): Uint8Array<ArrayBuffer> => {
  let imported = 0;
  for (const { id, from, at } of sections(module)) {
    if (id === SECTION.import) imported = countImportedFunctions(new Reader(module, at));
    if (id !== SECTION.code) continue;
    const hints: number[] = [];
    let functions = 0;
    const reader = new Reader(module, at);
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
    const custom = section(SECTION.custom, [...NAME, ...leb(functions), ...hints]);
    const out = new Uint8Array(module.length + custom.length);
    out.set(module.subarray(0, from));
    out.set(custom, from);
    out.set(module.subarray(from), from + custom.length);
    return out;
  }
  return new Uint8Array(module);
};
