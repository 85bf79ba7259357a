/**
 * Numbers of the x87 as sums of two doubles, for regions: high + low, where low is at most half a unit in the last
 * place of high, and the sum has 64 significant bits. That is how most of what a register can hold is held exactly:
 * zeros (both parts have its sign), and numbers of exponents around 0, called ordinary here. WebAssembly rounds f64
 * arithmetic to nearest, which makes the errors of sums and products exact doubles (Dekker, Knuth); what is left to
 * do is to round the sum of both parts once, to 64 bits.
 */
import type { Code, Operand, Val } from '../wasm/code.ts';
import { roundsOnce } from '../wasm/fused.ts';
import { vector } from '../wasm/vector.ts';
import { seldom, unlikely } from './round.ts';
import { wide } from './wide.ts';

export interface Pair {
  readonly high: Val;
  readonly low: Val;
  /** low is known to be a zero. */
  readonly isDouble: boolean;
  /** Pairs of the same identity are the same value. */
  readonly identity?: number;
}
const areSame = (a: Pair, b: Pair): boolean => a.identity !== undefined && a.identity === b.identity;

/** What an operation makes: the result, and result − exact value, which is 0 for an exact result only. */
export interface RoundedPair {
  readonly high: Val;
  readonly low: Val;
  readonly gained: Val;
}

const DOUBLE_BIAS = 1023;
const FRACTION_BITS = 52;
const EXPONENT_MASK = 0x7ff;
/** The exponents of ordinary numbers: far enough from the ends for parts of products, and for Dekker's factor. */
const REACH = 900;
export const LEAST = DOUBLE_BIAS - REACH;
export const ORDINARY = 2 * REACH + 1;
/** Exponents may differ by so much that sums of the low parts are still exact. */
const APART = 39;
/** Splits a double into halves of 26 bits. */
const SPLITTER = 2 ** 27 + 1;

/** f64 operations on `c`, kept in locals. */
export const floats = (c: Code) => {
  const binary =
    (name: string) =>
    (a: Operand, b: Operand): Val =>
      c.keep(c.op2('f64', name, a, b));
  const unary =
    (name: string) =>
    (a: Operand): Val =>
      c.keep(c.op1('f64', name, a));
  return {
    add: binary('add'),
    sub: binary('sub'),
    mul: binary('mul'),
    div: binary('div'),
    sqrt: unary('sqrt'),
    neg: unary('neg'),
    abs: unary('abs'),
    copysign: binary('copysign'),
    eq: binary('eq'),
    ne: binary('ne'),
    lt: binary('lt'),
    le: binary('le'),
    bits: (a: Val): Val => c.keep(c.op1('i64', 'reinterpret', a)),
    fromBits: (a: Operand): Val => c.keep(c.op1('f64', 'reinterpret', a)),
    const: (value: number): Val => c.make('f64', [], (m) => m.f64.const(value)),
  };
};

/** Biased exponent from a double's bits. */
export const exponentOf = (c: Code, bits: Val): Val => wide(c).and(wide(c).shrU(bits, FRACTION_BITS), EXPONENT_MASK);

/** Non-zero for the bits of zeros and powers of two. */
const isPower = (c: Code, bits: Val): Val => wide(c).isZero(wide(c).shl(bits, 64 - FRACTION_BITS));

const isNot = (c: Code, exponent: Val, limit: Operand): Val => wide(c).geU(wide(c).sub(exponent, LEAST), limit);
/** Non-zero unless the exponent is one of ordinary numbers. */
export const notOrdinary = (c: Code, exponent: Val): Val => isNot(c, exponent, ORDINARY);

/** a · b = product + error. */
export const productOf = (c: Code, a: Val, b: Val): { product: Val; error: Val; a: Halves; b: Halves } => {
  const f = floats(c);
  const [x, y] = [halves(c, a), halves(c, b)];
  const product = f.mul(a, b);
  const first = f.sub(product, f.mul(x.high, y.high));
  const second = f.sub(first, f.mul(x.low, y.high));
  const third = f.sub(second, f.mul(x.high, y.low));
  return { product, error: f.sub(f.mul(x.low, y.low), third), a: x, b: y };
};
interface Halves {
  readonly high: Val;
  readonly low: Val;
}
const halves = (c: Code, a: Val): Halves => {
  const f = floats(c);
  const scaled = f.mul(a, SPLITTER);
  const high = f.sub(scaled, f.sub(scaled, a));
  return { high, low: f.sub(a, high) };
};
/** larger + smaller = sum + error, where larger is a multiple of the last place of smaller. */
export const sumOf = (c: Code, larger: Val, smaller: Val): { sum: Val; error: Val } => {
  const f = floats(c);
  const sum = f.add(larger, smaller);
  return { sum, error: f.sub(smaller, f.sub(sum, larger)) };
};

/** a ± b = sum + error (Knuth). */
const exactSum = (c: Code, a: Val, b: Val, subtract: boolean): { sum: Val; error: Val } => {
  const f = floats(c);
  const sum = subtract ? f.sub(a, b) : f.add(a, b);
  const part = f.sub(sum, a);
  const errorOfA = f.sub(a, f.sub(sum, part));
  return { sum, error: subtract ? f.sub(errorOfA, f.add(b, part)) : f.add(errorOfA, f.sub(b, part)) };
};

/**
 * The bits of a double in the binade of high + low, which is below that of high for a power of two less something: what
 * rounding to 64 bits depends on.
 */
export const binadeOf = (c: Code, high: Val, low: Val): Val => {
  const f = floats(c);
  const w = wide(c);
  const bits = f.bits(high);
  return w.sub(bits, w.shrU(w.xor(bits, f.bits(low)), 63));
};

/** low rounded so that high + low has 64 bits, where high + low is in the binade of `bits`; its exponent, and that in place. */
export const roundLow = (c: Code, bits: Val, low: Val): { exponent: Val; shifted: Val; rounded: Val } => {
  const f = floats(c);
  const w = wide(c);
  const exponent = exponentOf(c, bits);
  const shifted = w.shl(exponent, FRACTION_BITS);
  // 1.5 · 2^(exponent − 11): a double whose last place is that of the significand's 64 bits.
  const unit = f.fromBits(w.add(shifted, w.const((1n << 51n) - (11n << 52n))));
  return { exponent, shifted, rounded: f.sub(f.add(low, unit), unit) };
};

/**
 * Rounds high + low + rest to 64 bits, rest being less than a unit in the last place of low. Jumps to `slow` unless the
 * exponent − LEAST is below `limit`, or where rest decides a tie. `guess` is high but for a unit in the last place: with
 * its binade, known early, rounding need not wait, and that of the sum is only compared.
 */
const finish = (c: Code, slow: string, limit: Val, guess: Val, high: Val, low: Val, rest?: Val): RoundedPair => {
  const f = floats(c);
  const w = wide(c);
  const bits = f.bits(guess);
  const { exponent, shifted, rounded } = roundLow(c, bits, low);
  unlikely(c, slow, isNot(c, exponent, limit));
  const elsewhere = (value: Val): Val => w.isNonzero(w.shrU(w.xor(value, bits), FRACTION_BITS));
  if (guess !== high) unlikely(c, slow, elsewhere(f.bits(high)));
  // A power of two less something is in the binade below.
  c.if(seldom(c, isPower(c, f.bits(high))), () => {
    unlikely(c, slow, c.and(f.ne(low, 0), elsewhere(binadeOf(c, high, low))));
  });
  const gained = f.sub(rounded, low);
  if (!rest) return { high, low: rounded, gained };
  // One of the powers of two is a tie.
  c.if(seldom(c, isPower(c, f.bits(gained))), () => {
    const half = w.add(w.shl(shifted, 1), w.const(-(64n << 53n)));
    unlikely(c, slow, c.and(w.eq(w.shl(f.bits(gained), 1), half), f.ne(rest, 0)));
  });
  return { high, low: rounded, gained: f.sub(gained, rest) };
};

/** a + a is exact, and a double if a is one. */
const twice = (c: Code, slow: string, limit: Val, a: Pair): RoundedPair => {
  const f = floats(c);
  const high = f.add(a.high, a.high);
  unlikely(c, slow, isNot(c, exponentOf(c, f.bits(high)), limit));
  return { high, low: a.isDouble ? a.low : f.add(a.low, a.low), gained: c.keep(f.const(0)) };
};

/** a ± b, to nearest and 64 bits; jumps to `slow` where that is not all, or not surely right. */
export const addPairs =
  (subtract: boolean) =>
  (c: Code, slow: string, limit: Val, a: Pair, b: Pair): RoundedPair => {
    if (!subtract && areSame(a, b)) return twice(c, slow, limit, a);
    const f = floats(c);
    const w = wide(c);
    const plus = subtract ? f.sub : f.add;
    const { sum: high, error } = exactSum(c, a.high, b.high, subtract);
    if (a.isDouble && b.isDouble) return finish(c, slow, limit, high, high, error);
    const doubled = (x: Val): Val => w.shl(f.bits(x), 1);
    const distance = w.toI32(w.shrS(w.sub(doubled(a.high), doubled(b.high)), FRACTION_BITS + 1));
    c.if(seldom(c, c.gtU(c.add(distance, APART), 2 * APART)), () => {
      unlikely(c, slow, c.and(f.ne(a.high, 0), f.ne(b.high, 0)));
    });
    const lows = a.isDouble ? (subtract ? f.neg(b.low) : b.low) : b.isDouble ? a.low : plus(a.low, b.low);
    const { sum, error: low } = sumOf(c, high, f.add(error, lows));
    return finish(c, slow, limit, high, sum, low);
  };

type Multiply = (c: Code, slow: string, limit: Val, a: Pair, b: Pair) => RoundedPair;

/** a · b, likewise, with products of halves. */
export const multiplyByHalves: Multiply = (c, slow, limit, a, b) => {
  const f = floats(c);
  const { product, error, a: x, b: y } = productOf(c, a.high, b.high);
  if (a.isDouble && b.isDouble) return finish(c, slow, limit, product, product, error);
  // All products below are exact: low parts have 11 bits, halves 26.
  const single = (low: Val, other: Halves): { sum: Val; error: Val } =>
    sumOf(c, f.add(error, f.mul(low, other.high)), f.mul(low, other.low));
  const both = (): { sum: Val; error: Val } => {
    const smallest = f.add(f.add(f.mul(a.low, y.low), f.mul(b.low, x.low)), f.mul(a.low, b.low));
    const small = sumOf(c, f.mul(b.low, x.high), smallest);
    const { sum, error: rest } = sumOf(c, f.add(error, f.mul(a.low, y.high)), small.sum);
    return { sum, error: f.add(rest, small.error) };
  };
  const tail = a.isDouble ? single(b.low, x) : b.isDouble ? single(a.low, y) : both();
  const { sum, error: low } = sumOf(c, product, tail.sum);
  return finish(c, slow, limit, product, sum, low, tail.error);
};

/** from − a · b, rounded once. */
const fusedLess = (c: Code, from: Val, a: Val, b: Val): Val => {
  const v = vector(c);
  const [from2, a2, b2] = [from, a, b].map((value) => v.splat('f64x2', value)) as [Val, Val, Val];
  return c.keep(v.lane('f64x2', v.lessProduct(from2, a2, b2), 0));
};

/** The same where from − a · b is rounded once (wasm/fused.ts): what a product loses is one operation. */
export const multiplyFused: Multiply = (c, slow, limit, a, b) => {
  const f = floats(c);
  const lossy = (x: Val, y: Val): { product: Val; loss: Val } => {
    const product = f.mul(x, y);
    return { product, loss: fusedLess(c, product, x, y) };
  };
  const { product, loss } = lossy(a.high, b.high);
  if (a.isDouble && b.isDouble) return finish(c, slow, limit, product, product, f.neg(loss));
  /** The products with low parts, and what is missing in their sum: exact, being short. */
  const cross = (): { sum: Val; missing: Val } => {
    if (a.isDouble || b.isDouble) {
      const { product: sum, loss: lost } = a.isDouble ? lossy(b.low, a.high) : lossy(a.low, b.high);
      return { sum, missing: f.neg(lost) };
    }
    if (areSame(a, b)) {
      const { product: half, loss: lost } = lossy(a.low, a.high);
      return { sum: f.add(half, half), missing: f.sub(f.mul(a.low, a.low), f.add(lost, lost)) };
    }
    const [x, y] = [lossy(a.low, b.high), lossy(b.low, a.high)];
    const { sum, error } = exactSum(c, x.product, y.product, false);
    return { sum, missing: f.sub(f.add(error, f.mul(a.low, b.low)), f.add(x.loss, y.loss)) };
  };
  const { sum, missing } = cross();
  const tail = f.sub(sum, loss);
  const missingNow = f.add(f.sub(sum, f.add(tail, loss)), missing);
  const { sum: high, error } = sumOf(c, product, tail);
  const { sum: low, error: rest } = sumOf(c, error, missingNow);
  return finish(c, slow, limit, product, high, low, rest);
};

/** a · b, likewise. */
export const multiplyPairs: Multiply = (...p) => (roundsOnce() ? multiplyFused : multiplyByHalves)(...p);

/** Half units of the last place by which an estimate must stay away from numbers of 64 bits and from ties. */
export const MARGIN = 2 ** -30;

/**
 * Rounds first + more, an estimate to some 100 bits, first being good to 53; jumps to `slow` where that may not be enough.
 */
const finishEstimate = (c: Code, slow: string, limit: Val, first: Val, more: Val): RoundedPair => {
  const f = floats(c);
  const w = wide(c);
  const { sum, error } = sumOf(c, first, more);
  const result = finish(c, slow, limit, first, sum, error);
  const exponent = exponentOf(c, f.bits(first));
  const half = f.fromBits(w.shl(w.sub(exponent, 64), FRACTION_BITS));
  const away = f.abs(result.gained);
  const margin = f.mul(half, MARGIN);
  unlikely(c, slow, c.or(f.lt(away, margin), f.lt(f.abs(f.sub(away, half)), margin)));
  return result;
};

/** a / b where products are fused: the remainder of a quotient is a double. */
export const divideFused: Multiply = (c, slow, limit, a, b) => {
  const f = floats(c);
  const first = f.div(a.high, b.high);
  const remainder = f.add(fusedLess(c, a.high, first, b.high), a.low);
  const rest = b.isDouble ? remainder : f.sub(remainder, f.mul(first, b.low));
  return finishEstimate(c, slow, limit, first, f.div(rest, b.high));
};
/** √a, likewise. */
export const rootFused = (c: Code, slow: string, limit: Val, a: Pair): RoundedPair => {
  const f = floats(c);
  const first = f.sqrt(a.high);
  const rest = f.add(fusedLess(c, a.high, first, first), a.low);
  return finishEstimate(c, slow, limit, first, f.div(rest, f.add(first, first)));
};
