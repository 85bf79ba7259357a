/** Fractions of 128 bits in generated code, and series of fractions of 64 bits. */
import type { Code, Val } from '../wasm/code.ts';
import { multiply128, type Pair, shiftLeft128, subtract128, variable, wide } from './wide.ts';

const WORD_BITS = 64n;

export const pair = (c: Code, value: bigint): Pair => ({
  high: c.const64(value >> WORD_BITS),
  low: c.const64(value),
});
/** A 128-bit entry of a table. */
export const entry = (c: Code, table: number, index: Val): Pair => {
  const host = c.keep(c.add(c.shl(index, 4), table));
  return { high: c.keep(c.loadAs('i64', host, 8)), low: c.keep(c.loadAs('i64', host)) };
};

export const add128 = (c: Code, a: Pair, b: Pair): Pair => {
  const w = wide(c);
  const low = w.add(a.low, b.low);
  return { high: w.add(w.add(a.high, b.high), w.fromU32(w.ltU(low, a.low))), low };
};
/** −a, modulo 2^128. */
export const negate128 = (c: Code, a: Pair): Pair => subtract128(c, pair(c, 0n), a);
/** a where the condition holds, else b. */
export const select128 = (c: Code, condition: Val, a: Pair, b: Pair): Pair => {
  const w = wide(c);
  const which = c.keep(condition);
  return { high: w.select(which, a.high, b.high), low: w.select(which, a.low, b.low) };
};

/** The upper word of a product. */
export const multiplyHigh = (c: Code, a: Val, b: Val): Val => multiply128(c, a, b).high;
/** a · b · 2^-128, at most three units too small. */
export const multiplyFractions = (c: Code, a: Pair, b: Pair): Pair => {
  const product = multiply128(c, a.high, b.high);
  const first = { high: c.const64(0n), low: multiplyHigh(c, a.high, b.low) };
  const second = { high: c.const64(0n), low: multiplyHigh(c, a.low, b.high) };
  return add128(c, add128(c, product, first), second);
};
/** The same where b is one word. */
export const multiplyWord = (c: Code, a: Pair, b: Val): Pair =>
  add128(c, multiply128(c, a.high, b), { high: c.const64(0n), low: multiplyHigh(c, a.low, b) });

/** Shifts right by a constant of 0-63. */
export const shiftRight = (c: Code, a: Pair, bits: number): Pair => {
  const w = wide(c);
  if (bits === 0) return a;
  return { high: w.shrU(a.high, bits), low: w.or(w.shrU(a.low, bits), w.shl(a.high, 64 - bits)) };
};
/** A word with 64 + `bits` bits behind the point as a fraction. */
export const placed = (c: Code, word: Val, bits: number): Pair => {
  const w = wide(c);
  return bits ? { high: w.shrU(word, bits), low: w.shl(word, 64 - bits) } : { high: word, low: w.const(0n) };
};

/** Shifts left until bit 127 is set, for a value other than 0; gives by how much. */
export const normalize128 = (c: Code, a: Pair): { value: Pair; shift: Val } => {
  const w = wide(c);
  const high = variable(c, a.high);
  const low = variable(c, a.low);
  const shift = variable(c, c.const(0));
  c.if(w.isZero(a.high), () => {
    c.set(high, a.low);
    c.set(low, c.const64(0n));
    c.set(shift, 64);
  });
  const leading = w.clz(c.get(high));
  const value = shiftLeft128(c, { high: c.get(high), low: c.get(low) }, leading);
  return { value, shift: c.keep(c.add(c.get(shift), c.wrap(leading))) };
};

/** Bits beyond 64 behind the point of 1/divisor as a word with a spare bit on top. */
const scaleOf = (divisor: bigint): number => divisor.toString(2).length - 2;
/**
 * 1/d0 ± x (1/d1 ± x (1/d2 ± …)) for ascending divisors above 2, each with as many bits as a word holds. x is a word
 * with 64 + `unit` bits behind the point; `signs` is −1 for −, 0 for +, as an i64. The result is a fraction.
 */
export const reciprocalSeries = (c: Code, divisors: readonly bigint[], x: Val, unit: number, signs: Val): Pair => {
  const w = wide(c);
  const coefficient = (d: bigint): Val => c.const64((1n << BigInt(64 + scaleOf(d))) / d);
  const last = divisors.length - 1;
  let sum = coefficient(divisors[last]!);
  for (let n = last - 1; n >= 0; n--) {
    const [divisor, next] = [divisors[n]!, divisors[n + 1]!];
    const term = w.shrU(multiplyHigh(c, x, sum), unit + scaleOf(next) - scaleOf(divisor));
    sum = w.add(coefficient(divisor), w.sub(w.xor(term, signs), signs));
  }
  return placed(c, sum, scaleOf(divisors[0]!));
};
