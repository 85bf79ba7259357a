/** What the transcendental instructions compute, on reals of any size; within 2^-70 of the true value. SDM vol. 1, 8.3.7. */

import {
  arctangent,
  arctangentRatio,
  cosine,
  exponentialRatio,
  FRACTION,
  HALF_PI,
  HALF_PI_FRACTION,
  isNearOne,
  isSmall,
  LN2,
  logarithm,
  logarithmRatio,
  multiply,
  ONE,
  PI,
  powerMinusOne,
  sineRatio,
} from '../../translator/x87/fixed.ts';
import { SIGN } from '../../translator/x87/words.ts';
import { bitLength, type Real } from './round.ts';

/** Bits that intermediate magnitudes are cut to. */
const KEPT = 128;

/** A real with about KEPT bits. */
const trimmed = (real: Real): Real => {
  const excess = bitLength(real.magnitude) - KEPT;
  if (excess <= 0) return real;
  return { ...real, magnitude: real.magnitude >> BigInt(excess), exponent: real.exponent + excess };
};

/** |x| in fixed point; 0 where it is too small. */
const fixed = ({ magnitude, exponent }: Real): bigint => {
  const shift = exponent + FRACTION;
  return shift >= 0 ? magnitude << BigInt(shift) : magnitude >> BigInt(-shift);
};
/** A fixed-point value ≠ 0 as a real. */
const realOfFixed = (value: bigint): Real => ({
  sign: value < 0n ? SIGN : 0,
  magnitude: value < 0n ? -value : value,
  exponent: -FRACTION,
});
/** x · ratio, for a fixed-point ratio > 0. A ratio that is 1 to the last bit stands for a little less. */
const scaled = (x: Real, ratio: bigint): Real =>
  trimmed({
    sign: x.sign,
    magnitude: x.magnitude * (ratio === ONE ? ratio - 1n : ratio),
    exponent: x.exponent - FRACTION,
  });
const quotient = (a: Real, b: Real): Real => {
  const shift = BigInt(Math.max(0, KEPT + bitLength(b.magnitude) - bitLength(a.magnitude)));
  return {
    sign: a.sign ^ b.sign,
    magnitude: (a.magnitude << shift) / b.magnitude,
    exponent: a.exponent - b.exponent - Number(shift),
  };
};

/** x = quadrant · π/2 + rest, |rest| ≤ π/4, for 0 < |x| < 2^63, with the processors' π/2. */
const reduce = (x: Real): { quadrant: number; rest: Real } => {
  // Below 1/2; everything above is a whole number of units of the last place of HALF_PI.
  if (bitLength(x.magnitude) + x.exponent < 0) return { quadrant: 0, rest: x };
  const value = x.magnitude << BigInt(x.exponent + HALF_PI_FRACTION);
  const turns = (2n * value + HALF_PI) / (2n * HALF_PI);
  const difference = value - turns * HALF_PI;
  const negative = difference < 0n;
  const rest: Real = {
    sign: negative ? x.sign ^ SIGN : x.sign,
    magnitude: negative ? -difference : difference,
    exponent: -HALF_PI_FRACTION,
  };
  const quarter = Number(turns & 3n);
  return { quadrant: x.sign ? (4 - quarter) & 3 : quarter, rest };
};

/** sin and cos of 0 < |x| < 2^63. */
export const sineCosine = (x: Real): { sine: Real; cosine: Real } => {
  const { quadrant, rest } = reduce(x);
  const r = fixed(rest);
  const u = multiply(r, r);
  const s = scaled(rest, sineRatio(u));
  // Below 2^-72 the square is gone, and 1 would be exact; it is a hair less.
  const c = realOfFixed(u ? cosine(u) : ONE - 1n);
  const flip = (real: Real, negative: boolean): Real => (negative ? { ...real, sign: real.sign ^ SIGN } : real);
  const [sine, cos] = quadrant & 1 ? [c, flip(s, true)] : [s, c];
  return { sine: flip(sine, quadrant >= 2), cosine: flip(cos, quadrant >= 2) };
};
export const tangent = (x: Real): Real => {
  // Below 2^-80 the tangent is x and less than any rounding can see; what is rounded is taken to lie a little above.
  if (bitLength(x.magnitude) + x.exponent < -80) return x;
  const { sine, cosine: cos } = sineCosine(x);
  return quotient(sine, cos);
};

/** The angle of the point (x, y), both ≠ 0: −π … π. */
export const angle = (y: Real, x: Real): Real => {
  const [absY, absX]: [Real, Real] = [
    { ...y, sign: 0 },
    { ...x, sign: 0 },
  ];
  const order = (r: Real): number => bitLength(r.magnitude) + r.exponent;
  const scale = Math.min(y.exponent, x.exponent);
  const aligned = (r: Real): bigint => r.magnitude << BigInt(Math.min(r.exponent - scale, 256));
  const steep = Math.abs(order(y) - order(x)) > 128 ? order(y) > order(x) : aligned(absY) > aligned(absX);
  const ratio = steep ? quotient(absX, absY) : quotient(absY, absX);
  const t = fixed(ratio);
  const small = isSmall(t);
  const first = (): bigint => (small ? fixed(scaled(ratio, arctangentRatio(multiply(t, t)))) : arctangent(t));
  const from = (base: bigint, direction: bigint): Real => realOfFixed(base + direction * first());
  const left = x.sign !== 0;
  let result: Real;
  if (steep) result = from(PI >> 1n, left ? 1n : -1n);
  else if (left) result = from(PI, -1n);
  else result = small ? scaled(ratio, arctangentRatio(multiply(t, t))) : realOfFixed(arctangent(t));
  return { ...result, sign: y.sign };
};

/** log2(1 + x), for a real that is not 0 and −1 < x; relative precision is kept near 0. */
const logarithmOfSum = (x: Real): Real => {
  const value = fixed(x);
  const signed = x.sign ? -value : value;
  const denominator = realOfFixed(2n * ONE + signed);
  const z = quotient(x, denominator);
  const zFixed = fixed(z);
  return scaled(z, logarithmRatio(zFixed));
};

/** y · log2(x) for x > 0, x ≠ 1, y ≠ 0. */
export const logarithmTimes = (y: Real, x: Real): Real => times(y, logarithm2(x));

const times = (a: Real, b: Real): Real =>
  trimmed({ sign: a.sign ^ b.sign, magnitude: a.magnitude * b.magnitude, exponent: a.exponent + b.exponent });

const logarithm2 = (x: Real): Real => {
  const length = bitLength(x.magnitude);
  let power = length + x.exponent - 1;
  let f = { ...x, exponent: 1 - length };
  if (Number(fixed(f) >> BigInt(FRACTION - 52)) / 2 ** 52 > Math.SQRT2) {
    power++;
    f = { ...f, exponent: -length };
  }
  const value = fixed(f);
  if (power === 0 && isNearOne(value)) {
    const difference = value - ONE;
    return logarithmOfSum(realOfFixed(difference));
  }
  return realOfFixed((BigInt(power) << BigInt(FRACTION)) + logarithm(value));
};

/** y · log2(1 + x) for x ≠ 0, |x| < 1 − √½ and a little more, y ≠ 0. */
export const logarithmPlusOneTimes = (y: Real, x: Real): Real => {
  if (isSmall(fixed(x))) return times(y, logarithmOfSum(x));
  const value = fixed(x);
  const sum = ONE + (x.sign ? -value : value);
  return times(y, logarithm2(realOfFixed(sum)));
};

/** 2^x − 1, 0 < |x| ≤ 1. */
export const powerOfTwoMinusOne = (x: Real): Real => {
  const value = fixed(x);
  const signed = x.sign ? -value : value;
  if (!isSmall(value)) return realOfFixed(powerMinusOne(signed));
  const s = scaled(x, LN2);
  const sFixed = fixed(s);
  return scaled(s, exponentialRatio(x.sign ? -sFixed : sFixed));
};

/** π, π/4 and 3π/4. */
export const HALF_TURN: Real = { sign: 0, magnitude: PI, exponent: -FRACTION };
export const EIGHTH_TURN: Real = { ...HALF_TURN, exponent: -FRACTION - 2 };
export const THREE_EIGHTHS_TURN: Real = { ...EIGHTH_TURN, magnitude: 3n * PI };
