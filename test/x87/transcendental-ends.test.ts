/**
 * The transcendental instructions at the ends of their ranges, where fixed point ends: tiny and denormal arguments,
 * for which the function is its first term, ratios and logarithms of numbers of any size, and arguments too large.
 */
import { describe, expect, it } from 'vitest';
import { closenessTo } from './closeness.ts';
import { type Extended, Fpu, hexOf } from './fpu.ts';
import { type Random, random } from './random.ts';
import { BITS, div, LN2, logarithm, ONE, PI } from './reference.ts';

const fpu = new Fpu();
const SIGN = 0x8000;
const BIAS = 0x3fff;
const INTEGER = 1n << 63n;
/** Condition code C2: the argument is out of range. */
const C2 = 0x400;
const COUNT = 400;

/** number · 2^exponent */
interface Exact {
  readonly number: bigint;
  readonly exponent: number;
}
const exact = ({ significand, signExponent }: Extended): Exact => ({
  number: signExponent & SIGN ? -significand : significand,
  exponent: Math.max(1, signExponent & 0x7fff) - BIAS - 63,
});
/** Times a fixed-point number of the reference. */
const times = ({ number, exponent }: Exact, factor: bigint): Exact => ({
  number: number * factor,
  exponent: exponent - Number(BITS),
});
const product = (a: Exact, b: Exact): Exact => ({ number: a.number * b.number, exponent: a.exponent + b.exponent });
const quotient = (a: Exact, b: Exact): Exact => ({
  number: (a.number << BITS) / b.number,
  exponent: a.exponent - b.exponent - Number(BITS),
});

/** Distance in units of the last place of the result. */
const error = (got: Extended, truth: Exact): number => {
  const mine = exact(got);
  const finer = Math.min(mine.exponent, truth.exponent) - 20;
  const at = (v: Exact): bigint => v.number << BigInt(v.exponent - finer);
  const distance = at(mine) - at(truth);
  return Number((distance < 0n ? -distance : distance) >> BigInt(mine.exponent - finer - 20)) / 2 ** 20;
};

/** Of a magnitude from 2^low to 2^high; denormal below 2^-16382. */
const number = (r: Random, low: number, high: number, signed = true): Extended => {
  const exponent = low + r.below(high - low) + BIAS;
  const sign = signed ? r.below(2) * SIGN : 0;
  const significand = r.below(4) ? r.next64() | INTEGER : (r.next64() & (0xffffn << 48n)) | INTEGER;
  if (exponent > 0) return { significand, signExponent: sign | exponent };
  return { significand: significand >> BigInt(1 - exponent), signExponent: sign };
};
const DENORMAL = -16_382 - 40;
const LARGEST = 16_383;

const run = (name: string, x: Extended, y?: Extended): Extended => {
  fpu.reset();
  if (y) fpu.call['x87_push']!(y.significand, y.signExponent);
  fpu.call['x87_push']!(x.significand, x.signExponent);
  fpu.host(name);
  return fpu.read(fpu.top);
};

const expectClose = closenessTo(error, COUNT);

/** log2 e */
const PER_LN2 = div(ONE, LN2);

describe('tiny arguments', () => {
  it.each([
    ['fsin', ONE],
    ['f2xm1', LN2],
  ] as const)('%s', (name, factor) => {
    expectClose(21, (r) => {
      const x = number(r, DENORMAL, -100);
      return { text: hexOf(x), got: run(name, x), truth: times(exact(x), factor) };
    });
  });
  it('fptan', () => {
    expectClose(22, (r) => {
      const x = number(r, DENORMAL, -100);
      // 1 is pushed upon the tangent.
      run('fptan', x);
      return { text: hexOf(x), got: fpu.read((fpu.top + 1) & 7), truth: exact(x) };
    });
  });
  it('fcos is 1', () => {
    const r = random(23);
    for (let n = 0; n < COUNT; n++) {
      const x = number(r, DENORMAL, -40);
      expect(hexOf(run('fcos', x)), hexOf(x)).toBe('3FFF8000000000000000');
    }
  });
  it('fyl2xp1', () => {
    expectClose(24, (r) => {
      const x = number(r, DENORMAL, -100);
      const y = number(r, 0, 16_000);
      return {
        text: `${hexOf(y)} · log2(1 + ${hexOf(x)})`,
        got: run('fyl2xp1', x, y),
        truth: times(product(exact(x), exact(y)), PER_LN2),
      };
    });
  });
});

describe('numbers of any size', () => {
  it('fpatan of a small ratio is the ratio', () => {
    expectClose(25, (r) => {
      const y = number(r, DENORMAL, -100);
      const x = number(r, 0, 300, false);
      return { text: `${hexOf(y)} / ${hexOf(x)}`, got: run('fpatan', x, y), truth: quotient(exact(y), exact(x)) };
    });
  });
  it('fpatan of a large ratio is near a right angle, and near two of a small negative one', () => {
    expectClose(26, (r) => {
      const [small, large] = [number(r, DENORMAL, -200), number(r, 0, LARGEST)];
      const upright = r.below(2) === 1;
      const [x, y] = upright ? [small, large] : [{ ...large, signExponent: large.signExponent | SIGN }, small];
      const angle = upright ? PI >> 1n : PI;
      const truth = { number: y.signExponent & SIGN ? -angle : angle, exponent: -Number(BITS) };
      return { text: `${hexOf(y)} / ${hexOf(x)}`, got: run('fpatan', x, y), truth };
    });
  });
  it('fyl2x', () => {
    expectClose(27, (r) => {
      const x = number(r, DENORMAL, LARGEST, false);
      const y = number(r, -16_000, 16_000);
      // x = m · 2^e with 1 ≤ m < 2
      const { number: integer, exponent } = exact(x);
      const length = integer.toString(2).length;
      const mantissa = integer << (BITS - BigInt(length - 1));
      const log = div(logarithm(mantissa), LN2) + BigInt(length - 1 + exponent) * ONE;
      return { text: `${hexOf(y)} · log2 ${hexOf(x)}`, got: run('fyl2x', x, y), truth: times(exact(y), log) };
    });
  });
});

describe('arguments from 2^63 on', () => {
  it.each(['fsin', 'fcos', 'fsincos', 'fptan'])('%s leaves them alone and says so by C2', (name) => {
    const r = random(28);
    for (let n = 0; n < COUNT; n++) {
      const x = number(r, 63, LARGEST);
      expect(run(name, x)).toEqual(x);
      expect([fpu.top, fpu.status & C2]).toEqual([7, C2]);
    }
  });
});
