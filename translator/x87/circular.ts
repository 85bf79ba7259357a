/**
 * Sine and cosine: the argument less a multiple of the processors' π/2 (66 bits; SDM vol. 1, 8.3.8), then Taylor
 * series, of which the first terms need 128 bits and the others 64.
 */
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { HALF_PI, HALF_PI_FRACTION } from './fixed.ts';
import { multiplyFractions, negate128, normalize128, pair, reciprocalSeries } from './fractions.ts';
import { clearC2, type Magnitude, oneOperand, putResult, within } from './functions.ts';
import { isEmpty, markFull, moveTop, readWords, slot } from './stack.ts';
import type { Encoded } from './unpack.ts';
import { multiply128, type Pair, shiftLeft128, shiftRightJam, subtract128, variable, wide } from './wide.ts';
import { BIAS, EXPONENT, SIGN } from './words.ts';

/** Arguments from 2^-32 to 2^31: others are rare. */
const LOWEST = -32;
const HIGHEST = 30;

/** |x| = quarter · π/2 + rest, where |rest| = value · 2^power, a normalized fraction. */
interface Reduced {
  readonly quarter: Val;
  readonly negative: Val;
  readonly value: Pair;
  readonly power: Val;
}
const WORD = (1n << 64n) - 1n;

const reduce = (c: Code, { significand, signExponent }: Encoded): Reduced => {
  const w = wide(c);
  const exponent = c.keep(c.sub(c.and(signExponent, EXPONENT), BIAS));
  const quarter = variable(c, c.const(0));
  const negative = variable(c, c.const(0));
  const high = variable(c, significand);
  const low = variable(c, c.const64(0n));
  const power = variable(c, c.add(exponent, 1));
  // From 1/2 on, the argument is a whole number of units of HALF_PI.
  c.if(c.geS(exponent, -1), () => {
    const scale = c.op1('f64', 'reinterpret', w.shl(c.extend64S(c.add(exponent, 1023 - 63)), 52));
    const float = c.op2('f64', 'mul', c.op1('f64', 'convert_u.i64', significand), scale);
    const turns = c.op1(
      'f64',
      'nearest',
      c.op2(
        'f64',
        'mul',
        float,
        c.make('f64', [], (m) => m.f64.const(2 / Math.PI)),
      ),
    );
    const n = c.keep(c.op1('i64', 'trunc_u_sat.f64', turns, 'i64'));
    c.set(quarter, c.wrap(n));
    const units = shiftLeft128(
      c,
      { high: w.const(0n), low: significand },
      w.fromU32(c.add(exponent, HALF_PI_FRACTION - 63)),
    );
    const multiple = multiply128(c, n, w.const(HALF_PI & WORD));
    const top = w.mul(n, w.const(HALF_PI >> 64n));
    const rest = subtract128(c, units, { high: w.add(multiple.high, top), low: multiple.low });
    c.set(negative, w.ltS(rest.high, 0));
    c.set(high, rest.high);
    c.set(low, rest.low);
    c.if(c.get(negative), () => {
      const opposite = negate128(c, rest);
      c.set(high, opposite.high);
      c.set(low, opposite.low);
    });
    // Never 0: a multiple of HALF_PI has more bits than a register.
    const { value, shift } = normalize128(c, { high: c.get(high), low: c.get(low) });
    c.set(high, value.high);
    c.set(low, value.low);
    c.set(power, c.sub(128 - HALF_PI_FRACTION, shift));
  });
  return {
    quarter: c.get(quarter),
    negative: c.get(negative),
    value: { high: c.get(high), low: c.get(low) },
    power: c.get(power),
  };
};

const factorial = (n: number): bigint => (n < 2 ? 1n : BigInt(n) * factorial(n - 1));
const factorials = (from: number, to: number): bigint[] =>
  Array.from({ length: (to - from) / 2 + 1 }, (_, n) => factorial(from + 2 * n));

/** 1 − square · (1/first! − square · (…)): `wide` terms of 128 bits, the others up to last! of 64. */
const evenSeries = (c: Code, square: Pair, first: number, wideTerms: number, last: number): Pair => {
  const w = wide(c);
  let sum = reciprocalSeries(c, factorials(first + 2 * wideTerms, last), square.high, 0, w.const(-1n));
  for (let n = wideTerms - 1; n >= 0; n--) {
    const coefficient = pair(c, (1n << 128n) / factorial(first + 2 * n));
    sum = subtract128(c, coefficient, multiplyFractions(c, square, sum));
  }
  const { high, low } = multiplyFractions(c, square, sum);
  // Never 1 itself.
  return negate128(c, { high, low: w.or(low, 1) });
};

/** sin(π/2 · quarter ± rest). */
const sineOf = (c: Code, { negative, value, power }: Reduced, square: Pair, quarterNow: Val): Magnitude => {
  const quarter = c.keep(quarterNow);
  const sign = variable(c, c.shl(c.and(quarter, 2), 14));
  const high = c.newLocal('i64');
  const low = c.newLocal('i64');
  const exponent = variable(c, c.const(BIAS - 1));
  const set = (result: Pair): void => {
    c.set(high, result.high);
    c.set(low, result.low);
  };
  c.if(
    c.and(quarter, 1),
    () => set(evenSeries(c, square, 2, 3, 24)),
    () => {
      const product = multiplyFractions(c, value, evenSeries(c, square, 3, 2, 23));
      const { value: normal, shift } = normalize128(c, product);
      set(normal);
      c.set(exponent, c.sub(c.add(power, BIAS - 1), shift));
      c.set(sign, c.xor(c.get(sign), c.shl(negative, 15)));
    },
  );
  return { sign: c.get(sign), exponent: c.get(exponent), value: { high: c.get(high), low: c.get(low) } };
};

const squareOf = (c: Code, { value, power }: Reduced): Pair => {
  const rest = shiftRightJam(c, value, wide(c).fromU32(c.sub(0, power)));
  return multiplyFractions(c, rest, rest);
};

/** () → done. FSIN, FCOS; FSINCOS: both, the cosine on top. */
export const defineCircular = (builder: ModuleBuilder, round: Callee): Callee[] => {
  const one = (name: string, cosine: boolean): Callee =>
    oneOperand(builder, name, (c, top, x) => {
      c.if(c.eqz(within(c, x, LOWEST, HIGHEST)), () => c.return(c.const(0)));
      clearC2(c);
      const reduced = reduce(c, x);
      const result = sineOf(c, reduced, squareOf(c, reduced), c.add(reduced.quarter, Number(cosine)));
      const sign = cosine ? result.sign : c.keep(c.xor(result.sign, c.and(x.signExponent, SIGN)));
      putResult(c, round, top.at, { ...result, sign });
    });
  const both = oneOperand(builder, 'fsincos', (c, top, x) => {
    const target = slot(c, -1);
    const { tag } = readWords(c);
    c.if(c.eqz(isEmpty(c, target, tag)), () => c.return(c.const(0)));
    c.if(c.eqz(within(c, x, LOWEST, HIGHEST)), () => c.return(c.const(0)));
    clearC2(c);
    const reduced = reduce(c, x);
    const square = squareOf(c, reduced);
    const sine = sineOf(c, reduced, square, reduced.quarter);
    const cosine = sineOf(c, reduced, square, c.add(reduced.quarter, 1));
    putResult(c, round, target.at, cosine);
    markFull(c, target);
    moveTop(c, -1);
    putResult(c, round, top.at, { ...sine, sign: c.keep(c.xor(sine.sign, c.and(x.signExponent, SIGN))) });
  });
  return [one('fsin', false), one('fcos', true), both];
};
