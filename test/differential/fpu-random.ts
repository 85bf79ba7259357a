/** Floating-point operands that meet every class and the borders between them. */
import type { Random } from '../support/random.ts';
import { type FpuState, imageOf, MXCSR } from './fpu-image.ts';

interface Format {
  readonly exponentBits: number;
  readonly fractionBits: number;
}
const SINGLE: Format = { exponentBits: 8, fractionBits: 23 };
const DOUBLE: Format = { exponentBits: 11, fractionBits: 52 };

const randomBits = (random: Random): bigint => (BigInt(random.next()) << 32n) | BigInt(random.next());

const exponentOf = (random: Random, bits: number): number => {
  const top = 2 ** bits - 1;
  const one = top >> 1;
  switch (random.below(8)) {
    case 0:
      return 0;
    case 1:
      return top;
    case 2:
      return random.pick([1, 2, top - 1, top - 2]);
    case 3:
      return random.below(top + 1);
    default:
      // Near 1, so that operands have company with each other.
      return one - 35 + random.below(70);
  }
};

const fractionOf = (random: Random, bits: number): bigint => {
  const all = (1n << BigInt(bits)) - 1n;
  const half = 1n << BigInt(bits - 1);
  switch (random.below(4)) {
    case 0:
      return random.pick([0n, 1n, all, half, half - 1n, half + 1n]);
    case 1:
      // Few significant bits: exact results and ties.
      return (randomBits(random) << BigInt(bits - 1 - random.below(12))) & all;
    default:
      return randomBits(random) & all;
  }
};

const float = (random: Random, { exponentBits, fractionBits }: Format): bigint => {
  const sign = BigInt(random.below(2));
  const exponent = BigInt(exponentOf(random, exponentBits));
  return (((sign << BigInt(exponentBits)) | exponent) << BigInt(fractionBits)) | fractionOf(random, fractionBits);
};
const single = (random: Random): number => Number(float(random, SINGLE));
const double = (random: Random): bigint => float(random, DOUBLE);

const EXPONENT_BITS = 15;
const REGISTER_BYTES = 10;

/** Mostly numbers; unsupported encodings now and then. */
const extended = (random: Random): Uint8Array => {
  const register = new Uint8Array(REGISTER_BYTES);
  const words = new DataView(register.buffer);
  const exponent = exponentOf(random, EXPONENT_BITS);
  const integer = (exponent !== 0) !== random.oneIn(24) ? 1n << 63n : 0n;
  words.setBigUint64(0, integer | fractionOf(random, 63), true);
  words.setUint16(8, (random.below(2) << EXPONENT_BITS) | exponent, true);
  return register;
};

/** Fills eight bytes with floating-point operands. */
export const putFloats = (random: Random, words: DataView, at: number): void => {
  if (random.oneIn(2)) words.setBigUint64(at, double(random), true);
  else for (const offset of [0, 4]) words.setUint32(at + offset, single(random), true);
};

const EXCEPTIONS = 0x3f;
const ALL_MASKED = 0x37f;
const CONDITIONS = 0x4700;

const controlWord = (random: Random): number => {
  if (random.oneIn(2)) return ALL_MASKED;
  const masks = random.oneIn(2) ? EXCEPTIONS : random.next() & EXCEPTIONS;
  return (random.below(4) << 10) | (random.pick([0, 2, 3, 3]) << 8) | 0x40 | masks;
};

/** Exceptions from before are there, but only masked ones: none is pending. */
const mxcsr = (random: Random): number => {
  if (random.oneIn(2)) return MXCSR.initial;
  const masks = random.oneIn(2) ? EXCEPTIONS : random.next() & EXCEPTIONS;
  const modes = random.next() & 0xe040;
  return modes | (masks << 7) | (random.next() & masks);
};

export const randomFpu = (random: Random): Uint8Array => {
  const control = controlWord(random);
  const full = random.oneIn(4) ? random.below(9) : 3 + random.below(3);
  const top = random.below(8);
  let empty = 0;
  for (let n = full; n < 8; n++) empty |= 1 << ((top + n) & 7);
  const state: FpuState = {
    control,
    status: (top << 11) | (random.next() & EXCEPTIONS & control) | (random.next() & CONDITIONS),
    empty,
    registers: Array.from({ length: 8 }, () => extended(random)),
    mxcsr: mxcsr(random),
    xmm: new Uint8Array(128),
  };
  const words = new DataView(state.xmm.buffer);
  for (let at = 0; at < 128; at += 8) {
    if (random.oneIn(3)) words.setBigUint64(at, randomBits(random), true);
    else putFloats(random, words, at);
  }
  return imageOf(state);
};
