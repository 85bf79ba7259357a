/**
 * y · log2(x). x = 2^k · f with f from 1 to 2; a table's reciprocal r brings f·r to less than 1/64 above 1, and
 * log2(f) = −log2(r) + log2(f·r). Next to 1 on either side the distance from 1 is taken as it is, which keeps all its
 * bits.
 */
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import {
  add128,
  entry,
  multiplyFractions,
  multiplyHigh,
  multiplyWord,
  negate128,
  normalize128,
  pair,
  placed,
  reciprocalSeries,
  select128,
  shiftRight,
} from './fractions.ts';
import { LOG2E_127, LOGARITHM_FRACTION, STEP_BITS, TABLE } from './function-tables.ts';
import { type Magnitude, twoOperands, within } from './functions.ts';
import type { Encoded } from './unpack.ts';
import { multiply128, type Pair, shiftLeft128, wide } from './wide.ts';
import { BIAS, EXPONENT, INTEGER_BIT, SIGN } from './words.ts';

/** Exponents within which no product leaves the normal numbers. */
const LARGEST = 0x3e00;

/**
 * |log2(1 ± d)| / d as a fraction of 4, for 0 < d < 1/64: log2(e) · (1 ∓ d/2 + d² (1/3 ∓ d/4 + …)). `signs` as
 * in reciprocalSeries.
 */
const slope = (c: Code, d: Pair, signs: Val): Pair => {
  const w = wide(c);
  const x = shiftLeft128(c, d, w.const(BigInt(STEP_BITS))).high;
  const divisors = Array.from({ length: 10 }, (_, n) => BigInt(n + 3));
  const rest = reciprocalSeries(c, divisors, x, STEP_BITS, signs).high;
  const quadratic = placed(c, multiplyHigh(c, x, multiplyHigh(c, x, rest)), 2 * STEP_BITS);
  const half = shiftRight(c, d, 2);
  const linear = select128(c, w.isZero(signs), half, negate128(c, half));
  const sum = add128(c, add128(c, pair(c, 1n << 127n), linear), shiftRight(c, quadratic, 1));
  return multiplyFractions(c, sum, pair(c, LOG2E_127));
};

/** log2(x) for x > 0 and not 1: sign 0 or 1, and a normalized fraction times 2^power. */
const logarithm = (c: Code, { significand, signExponent }: Encoded): { sign: Val; value: Pair; power: Val } => {
  const w = wide(c);
  const k = c.keep(c.sub(c.and(signExponent, EXPONENT), BIAS));
  const step = c.keep(c.and(w.toI32(w.shrU(significand, 63 - STEP_BITS)), (1 << STEP_BITS) - 1));
  const high = c.newLocal('i64');
  const low = c.newLocal('i64');
  const sign = c.newLocal();
  const power = c.newLocal();
  const set = (value: Pair): void => {
    c.set(high, value.high);
    c.set(low, value.low);
  };
  const above = c.keep(c.and(c.eqz(k), c.eqz(step)));
  const below = c.keep(c.and(c.eq(k, -1), c.eq(step, (1 << STEP_BITS) - 1)));
  c.if(
    c.or(above, below),
    () => {
      // 1 + d has 63 bits behind the point, 1 − d has 64.
      const d = w.select(above, w.shl(significand, 1), w.sub(0, significand));
      const leading = w.clz(d);
      const signs = w.sub(0, w.fromU32(above));
      const product = multiplyWord(c, slope(c, { high: d, low: w.const(0n) }, signs), w.shl(d, leading));
      const { value, shift } = normalize128(c, product);
      set(value);
      c.set(sign, below);
      c.set(power, c.sub(c.sub(2, w.toI32(leading)), shift));
    },
    () => {
      const r = c.keep(c.loadAs('i64', c.add(c.shl(step, 3), TABLE.reciprocals)));
      // 126 bits behind the point; the whole part is 1.
      const product = multiply128(c, significand, r);
      const d = shiftLeft128(c, product, w.const(2n));
      const part = multiplyFractions(c, d, slope(c, d, w.const(-1n)));
      const whole = { high: w.shl(c.extend64S(k), LOGARITHM_FRACTION - 64), low: w.const(0n) };
      const steps = add128(c, whole, entry(c, TABLE.logarithms, step));
      const sum = add128(c, steps, shiftRight(c, part, 128 - LOGARITHM_FRACTION - 2));
      const negative = w.ltS(sum.high, 0);
      const { value, shift } = normalize128(c, select128(c, negative, negate128(c, sum), sum));
      set(value);
      c.set(sign, negative);
      c.set(power, c.sub(128 - LOGARITHM_FRACTION, shift));
    },
  );
  return { sign: c.get(sign), value: { high: c.get(high), low: c.get(low) }, power: c.get(power) };
};

/** () → done. FYL2X. */
export const defineLogarithm = (builder: ModuleBuilder, round: Callee): Callee =>
  twoOperands(builder, 'fyl2x', round, (c, y, x): Magnitude => {
    const w = wide(c);
    const usual = c.and(within(c, y, -LARGEST, LARGEST), within(c, x, -LARGEST, LARGEST));
    const isOne = c.and(c.eq(x.signExponent, BIAS), w.eq(x.significand, c.const64(INTEGER_BIT)));
    const refused = c.or(c.or(c.eqz(usual), isOne), c.and(x.signExponent, SIGN));
    c.if(refused, () => c.return(c.const(0)));
    const { sign, value, power } = logarithm(c, x);
    const product = normalize128(c, multiplyWord(c, value, y.significand));
    return {
      sign: c.keep(c.xor(c.and(y.signExponent, SIGN), c.shl(sign, 15))),
      exponent: c.keep(c.sub(c.add(c.and(y.signExponent, EXPONENT), power), product.shift)),
      value: product.value,
    };
  });
