/**
 * The symbol table that a Linux kernel carries in its own memory (CONFIG_KALLSYMS), found by its shape: a table of
 * 256 tokens in which each digit stands for itself, with an index behind it, and before it markers, the names as
 * strings of tokens, their number, and the addresses. Source: scripts/kallsyms.c and kernel/kallsyms.c of Linux, as
 * described there; the order of the tables is that of 2.6.10 to 6.3 and, with the addresses behind, from 6.4 on.
 */
import { viewOf } from '../machine/boot/bytes.ts';
import type { CodeSymbol } from './symbol-table.ts';
import { CODE_TYPES } from './system-map.ts';

const TOKENS = 256;
/** Names between two markers. */
const PER_MARKER = 256;
const DIGITS = Buffer.from([...'0123456789'].flatMap((digit) => [digit.charCodeAt(0), 0]));
const FIRST_DIGIT = 0x30;
/** A name of more bytes than this has its length in two. */
const LONG_NAME = 0x80;
/** Fewer symbols than this are no kernel's. */
const LEAST = 1000;
/** No kernel's half of the address space begins below. */
const LOWEST_BASE = 0x4000_0000;
/** Bytes that other tables may take between markers and tokens (seqs_of_names: three a symbol). */
const MOST_BETWEEN = 1 << 20;

interface Tokens {
  readonly texts: readonly string[];
  readonly start: number;
  readonly end: number;
}

const align4 = (at: number): number => (at + 3) & ~3;

/** Every table found in guest RAM, its code symbols with their linear addresses. Normally one. */
export function* findKallsyms(ram: Uint8Array): Generator<CodeSymbol[]> {
  const bytes = Buffer.from(ram.buffer, ram.byteOffset, ram.length);
  for (let at = bytes.indexOf(DIGITS); at >= 0; at = bytes.indexOf(DIGITS, at + 1)) {
    const tokens = tokensAround(bytes, at);
    const names = tokens && namesBefore(bytes, tokens);
    const addresses = names && addressesOf(viewOf(bytes), names, tokens);
    if (addresses) yield symbolsOf(names, addresses);
  }
}

/** The token table that has its digits here, if its index confirms it. */
function tokensAround(bytes: Buffer, digits: number): Tokens | undefined {
  let start = digits;
  for (let n = 0; n < FIRST_DIGIT; n++) {
    start = bytes.lastIndexOf(0, start - 2) + 1;
    if (start <= 0) return undefined;
  }
  // The first token has padding before it, not the end of another.
  while (start > 0 && bytes[start - 1] !== 0) start--;
  const texts: string[] = [];
  const offsets: number[] = [];
  let at = start;
  for (let n = 0; n < TOKENS; n++) {
    const end = bytes.indexOf(0, at);
    if (end < 0 || end - at > 100) return undefined;
    offsets.push(at - start);
    texts.push(bytes.toString('latin1', at, end));
    at = end + 1;
  }
  const index = align4(at);
  const end = index + TOKENS * 2;
  if (end > bytes.length || offsets.some((offset, n) => bytes.readUInt16LE(index + n * 2) !== offset)) return undefined;
  return { texts, start, end };
}

interface Names {
  /** Type and name, as the kernel has them. */
  readonly texts: readonly string[];
  /** Where the number of symbols lies, right before the names. */
  readonly count: number;
}

/** The names before a token table: markers first, which say how many there are and how long. */
function namesBefore(bytes: Buffer, tokens: Tokens): Names | undefined {
  const view = viewOf(bytes);
  const word = (at: number): number => view.getUint32(at, true);
  for (let end = tokens.start & ~3; end > Math.max(8, tokens.start - MOST_BETWEEN); end -= 4) {
    // Markers rise from 0, by at least a byte and at most a long name each symbol.
    let first = end - 4;
    while (first > 4 && word(first) > word(first - 4) && word(first) - word(first - 4) < PER_MARKER * 128) first -= 4;
    const markers = (end - first) / 4;
    if (word(first) !== 0 || markers < LEAST / PER_MARKER) continue;
    const found = namesWith(bytes, tokens, first, markers, word(end - 4));
    if (found) return found;
  }
  return undefined;
}

/** Looks for the number of symbols before `names`, which end at `end` and whose last marker is at `lastOffset`. */
function namesWith(bytes: Buffer, tokens: Tokens, end: number, markers: number, lastOffset: number) {
  for (let count = end - lastOffset - 4; count > 0 && end - count - lastOffset < PER_MARKER * 256; count--) {
    if (count & 3) continue;
    const symbols = bytes.readUInt32LE(count);
    if (Math.ceil(symbols / PER_MARKER) !== markers || symbols < LEAST) continue;
    const texts = decodeNames(bytes, tokens, count + 4, symbols, end);
    if (texts) return { texts, count };
  }
  return undefined;
}

/** All names, if they end where the next table begins. */
function decodeNames(bytes: Buffer, tokens: Tokens, from: number, symbols: number, end: number): string[] | undefined {
  const texts: string[] = [];
  let at = from;
  while (texts.length < symbols && at < end) {
    let length = bytes[at++]!;
    if (length & LONG_NAME && tokens.texts.length) length = (length & (LONG_NAME - 1)) | (bytes[at++]! << 7);
    let text = '';
    for (let n = 0; n < length; n++) text += tokens.texts[bytes[at + n]!]!;
    at += length;
    texts.push(text);
  }
  return texts.length === symbols && align4(at) === align4(end) ? texts : undefined;
}

/**
 * Linear addresses: before the number of symbols either themselves (until 4.5), or offsets and then their base; from
 * 6.4 on offsets and base lie behind the token index.
 */
function addressesOf(view: DataView, { texts, count }: Names, tokens: Tokens): number[] | undefined {
  const words = (at: number): number[] => texts.map((_, n) => view.getUint32(at + n * 4, true));
  const bytes = texts.length * 4;
  const rising = (values: readonly number[]): boolean => values.every((value, n) => n === 0 || value >= values[n - 1]!);
  const relative = (offsets: number, base: number): number[] | undefined => {
    if (offsets < 0 || base + 4 > view.byteLength) return undefined;
    const values = words(offsets);
    const start = view.getUint32(base, true);
    // The base is the lowest address.
    if (!rising(values) || values[0] !== 0 || start < LOWEST_BASE) return undefined;
    return values.map((value) => (value + start) >>> 0);
  };
  const before = relative(count - 4 - bytes, count - 4);
  if (before) return before;
  const behind = relative(align4(tokens.end), align4(tokens.end) + bytes);
  if (behind) return behind;
  const absolute = count >= bytes ? words(count - bytes) : [];
  return rising(absolute) && absolute.length > 0 ? absolute : undefined;
}

function symbolsOf({ texts }: Names, addresses: readonly number[]): CodeSymbol[] {
  return texts.flatMap((text, n) =>
    CODE_TYPES.includes(text[0]!) ? [{ name: text.slice(1), address: addresses[n]!, size: 0 }] : [],
  );
}
