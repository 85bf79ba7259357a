/** The transcendental instructions against a reference of 512 bits: below one unit in the last place, everywhere. */
import { describe, expect, it } from 'vitest';
import { ALLOWED, closenessTo } from './closeness.ts';
import { type Extended, Fpu, hexOf } from './fpu.ts';
import type { Random } from './random.ts';
import * as reference from './reference.ts';
import { arctangent, BITS, div, LN2, logarithm, mul, ONE, PI, sineCosine } from './reference.ts';

const fpu = new Fpu();
const SIGN = 0x8000;
const BIAS = 0x3fff;

/** A register as a fixed-point number of the reference. */
const fixed = ({ significand, signExponent }: Extended): bigint => {
  const shift = BITS + BigInt((signExponent & 0x7fff) - BIAS - 63);
  const magnitude = shift >= 0n ? significand << shift : significand >> -shift;
  return signExponent & SIGN ? -magnitude : magnitude;
};
/** sin and cos as processors define them: arguments reduced by a π of 66 bits. SDM vol. 1, 8.3.8. */
const sineCosineOf = (x: bigint): [bigint, bigint] => {
  const pi = 0xc_90fd_aa22_168c_234cn << (BITS - 66n);
  let rest = x % (2n * pi);
  // Near enough to 0 for the real π to make no difference: quarter turns are taken off, not taken as angles.
  let quarters = 0;
  while (rest > pi >> 2n) [rest, quarters] = [rest - (pi >> 1n), quarters + 1];
  while (rest < -(pi >> 2n)) [rest, quarters] = [rest + (pi >> 1n), quarters + 3];
  let [sine, cosine] = sineCosine(rest);
  for (let n = quarters % 4; n > 0; n--) [sine, cosine] = [cosine, -sine];
  return [sine, cosine];
};
/** Distance from the true value in 2^-20 units of the last place of the result. */
const error = (got: Extended, truth: bigint): number => {
  const ulp = BITS + BigInt((got.signExponent & 0x7fff) - BIAS - 63);
  const distance = fixed(got) - truth;
  return Number(((distance < 0n ? -distance : distance) << 20n) >> ulp) / 2 ** 20;
};

const number = (r: Random, low: number, high: number, signed = true): Extended => ({
  significand: r.below(4) ? r.next64() | (1n << 63n) : (r.next64() & (0xffffn << 48n)) | (1n << 63n),
  signExponent: (signed ? r.below(2) * SIGN : 0) | (BIAS + low + r.below(high - low)),
});

/** Executes `name` on ST(0) = x and ST(1) = y. */
const run = (name: string, x: Extended, y?: Extended): { first: Extended; second: Extended } => {
  fpu.reset();
  if (y) fpu.call['x87_push']!(y.significand, y.signExponent);
  fpu.call['x87_push']!(x.significand, x.signExponent);
  if (!fpu.call[`x87_${name}`]?.()) fpu.host(name);
  const { top } = fpu;
  return { first: fpu.read(top), second: fpu.read((top + 1) & 7) };
};

const COUNT = 1000;
const expectClose = closenessTo(error, COUNT);

describe('transcendental instructions', () => {
  it('FSIN, FCOS, FSINCOS', () => {
    expectClose(11, (r) => {
      const x = number(r, -100, 63);
      const [sine, cosine] = sineCosineOf(fixed(x));
      const both = run('fsincos', x);
      expect(both.first).toEqual(run('fcos', x).first);
      expect(error(both.first, cosine)).toBeLessThan(ALLOWED);
      const got = run('fsin', x).first;
      expect(both.second).toEqual(got);
      return { text: hexOf(x), got, truth: sine };
    });
  });
  it('FSIN and FCOS next to multiples of π/2', () => {
    expectClose(12, (r) => {
      // The nearest register to a multiple is as hard as arguments come.
      const multiple = ((PI >> 1n) * (r.next64() >> BigInt(2 + r.below(61)))) | 1n;
      const length = multiple.toString(2).length;
      const x = {
        significand: multiple >> BigInt(length - 64),
        signExponent: BIAS + length - 1 - Number(BITS),
      };
      const [sine, cosine] = sineCosineOf(fixed(x));
      const { first, second } = run('fsincos', x);
      expect(error(first, cosine)).toBeLessThan(ALLOWED);
      return { text: hexOf(x), got: second, truth: sine };
    });
  });
  it('FPTAN', () => {
    expectClose(13, (r) => {
      const x = number(r, -60, 63);
      const [sine, cosine] = sineCosineOf(fixed(x));
      const { first, second } = run('fptan', x);
      expect(hexOf(first)).toBe('3FFF8000000000000000');
      return { text: hexOf(x), got: second, truth: div(sine, cosine) };
    });
  });
  it('FPATAN', () => {
    expectClose(14, (r) => {
      const [x, y] = [number(r, -50, 50), number(r, -50, 50)];
      const [a, b] = [fixed(y), fixed(x)];
      const abs = (v: bigint): bigint => (v < 0n ? -v : v);
      const acute = arctangent(div(abs(a), abs(b)));
      const positive = b < 0n ? PI - acute : acute;
      return {
        text: `${hexOf(y)} / ${hexOf(x)}`,
        got: run('fpatan', x, y).first,
        truth: a < 0n ? -positive : positive,
      };
    });
  });
  it('F2XM1', () => {
    expectClose(15, (r) => {
      const x = number(r, -60, 0);
      const truth = reference.exponential(mul(fixed(x), LN2)) - ONE;
      return { text: hexOf(x), got: run('f2xm1', x).first, truth };
    });
  });
  const logarithm2 = (v: bigint): bigint => {
    const power = BigInt(v.toString(2).length) - 1n - BITS;
    const mantissa = power >= 0n ? v >> power : v << -power;
    return power * ONE + div(logarithm(mantissa), LN2);
  };
  it('FYL2X', () => {
    expectClose(16, (r) => {
      const near = r.below(3) === 0;
      const x = near ? number(r, -1, 1, false) : number(r, -200, 200, false);
      const y = number(r, -10, 10);
      const got = run('fyl2x', x, y).first;
      return { text: `${hexOf(y)} · log2 ${hexOf(x)}`, got, truth: mul(fixed(y), logarithm2(fixed(x))) };
    });
  });
  it('FYL2X next to 1', () => {
    expectClose(17, (r) => {
      const tiny = BigInt(1 + r.below(1000)) << BigInt(r.below(40));
      const x = r.below(2)
        ? { significand: (1n << 63n) + tiny, signExponent: BIAS }
        : { significand: (1n << 64n) - tiny, signExponent: BIAS - 1 };
      const y = number(r, -10, 10);
      const got = run('fyl2x', x, y).first;
      return { text: hexOf(x), got, truth: mul(fixed(y), logarithm2(fixed(x))) };
    });
  });
  it('FYL2XP1', () => {
    expectClose(18, (r) => {
      const x = number(r, -80, -2);
      const y = number(r, -10, 10);
      const got = run('fyl2xp1', x, y).first;
      return { text: hexOf(x), got, truth: mul(fixed(y), div(logarithm(ONE + fixed(x)), LN2)) };
    });
  });
});
