/**
 * Elementary functions on fixed-point BigInts of FRACTION bits: series on small arguments behind tables of 64 steps.
 * Absolute errors stay below 2^-(FRACTION − 16), which leaves 64-bit results correctly rounded but for 2^-40 of cases.
 */

export const FRACTION = 144;
const SHIFT = BigInt(FRACTION);
export const ONE = 1n << SHIFT;

const pi = (fraction: number): bigint => {
  // Machin: π = 16 atan(1/5) − 4 atan(1/239).
  const guard = 16n;
  const one = 1n << (BigInt(fraction) + guard);
  const atanInverse = (n: bigint): bigint => {
    let power = one / n;
    let sum = power;
    for (let k = 3n, sign = -1n; power; k += 2n, sign = -sign) {
      power /= n * n;
      sum += (sign * power) / k;
    }
    return sum;
  };
  return (16n * atanInverse(5n) - 4n * atanInverse(239n)) >> guard;
};
export const PI = pi(FRACTION);
/** π/2 of 66 bits, which is what the processors reduce arguments by. SDM vol. 1, 8.3.8. */
export const HALF_PI_FRACTION = 67;
export const HALF_PI = 0xc_90fd_aa22_168c_234cn;

export const multiply = (a: bigint, b: bigint): bigint => (a * b) >> SHIFT;
export const divide = (a: bigint, b: bigint): bigint => (a << SHIFT) / b;

/** Coefficients of Σ c[n] · u^n, from the last to the first, as long as they are not 0. */
const coefficients = (next: (n: number) => bigint, count: number): readonly bigint[] =>
  Array.from({ length: count }, (_, n) => next(count - 1 - n));
const horner = (series: readonly bigint[], u: bigint): bigint => {
  let sum = 0n;
  for (const coefficient of series) sum = coefficient + multiply(sum, u);
  return sum;
};

const factorial = (n: number): bigint => (n < 2 ? 1n : BigInt(n) * factorial(n - 1));
const sign = (n: number): bigint => (n & 1 ? -1n : 1n);

// |u| < 0.617: terms of 2^-144 come after sixteen.
const SINE = coefficients((n) => (sign(n) * ONE) / factorial(2 * n + 1), 17);
const COSINE = coefficients((n) => (sign(n) * ONE) / factorial(2 * n), 18);
/** sin(r) / r and cos(r), for u = r², |r| ≤ π/4. */
export const sineRatio = (u: bigint): bigint => horner(SINE, u);
export const cosine = (u: bigint): bigint => horner(COSINE, u);

/** Table steps: 1/64. */
const STEP_BITS = 6;
const STEPS = 1 << STEP_BITS;
const STEP_SHIFT = BigInt(FRACTION - STEP_BITS);
/** Index of the step nearest to a fixed-point value ≥ 0. */
const nearest = (value: bigint): number => Number((value + (1n << (STEP_SHIFT - 1n))) >> STEP_SHIFT);
const step = (index: number): bigint => BigInt(index) << STEP_SHIFT;
/** True where no table is needed, and results keep all their relative precision. */
export const isSmall = (value: bigint): boolean => nearest(value) === 0;

// |t| ≤ 1/128: u ≤ 2^-14.
const ARCTANGENT = coefficients((n) => (sign(n) * ONE) / BigInt(2 * n + 1), 11);
/** atan(t) / t for u = t², |t| ≤ 1/128. */
export const arctangentRatio = (u: bigint): bigint => horner(ARCTANGENT, u);

const smallArctangent = (t: bigint): bigint => multiply(t, arctangentRatio(multiply(t, t)));
/** atan of the steps, each from the one before. */
const ARCTANGENTS: bigint[] = [0n];
for (let n = 1; n <= STEPS; n++) {
  const [a, b] = [step(n - 1), step(n)];
  // The distance of neighbours is up to 1/64: halve it by way of their middle.
  const middle = (a + b) >> 1n;
  const between = (x: bigint, y: bigint): bigint => smallArctangent(divide(y - x, ONE + multiply(x, y)));
  ARCTANGENTS.push(ARCTANGENTS[n - 1]! + between(a, middle) + between(middle, b));
}
/** atan(t), 0 ≤ t ≤ 1. */
export const arctangent = (t: bigint): bigint => {
  const index = nearest(t);
  const c = step(index);
  return ARCTANGENTS[index]! + smallArctangent(divide(t - c, ONE + multiply(t, c)));
};

// Logarithms: atanh(z) / z for u = z², |z| ≤ 1/128.
const HYPERBOLIC = coefficients((n) => ONE / BigInt(2 * n + 1), 11);
const hyperbolicRatio = (u: bigint): bigint => horner(HYPERBOLIC, u);
const smallHyperbolic = (z: bigint): bigint => multiply(z, hyperbolicRatio(multiply(z, z)));

/** ln 2 = 2 atanh(1/3) = Σ 2 / ((2n + 1) 3^(2n+1)). */
export const LN2 = (() => {
  let power = (ONE << 32n) / 3n;
  let sum = 0n;
  for (let k = 1n; power; k += 2n) {
    sum += power / k;
    power /= 9n;
  }
  return (2n * sum) >> 32n;
})();
const TWO_OVER_LN2 = (ONE << (SHIFT + 1n)) / LN2;
/** log2(f) = (2 / ln 2) atanh((f − 1) / (f + 1)): the factor that z is multiplied by, |z| ≤ 1/128. */
export const logarithmRatio = (z: bigint): bigint => multiply(TWO_OVER_LN2, hyperbolicRatio(multiply(z, z)));
/** log2(1 + (n − 16)/64 …): of the steps from 45/64 to 91/64. */
const LOGARITHMS = new Map<number, bigint>([[STEPS, 0n]]);
const logarithmBetween = (x: bigint, y: bigint): bigint => {
  const middle = (x + y) >> 1n;
  const part = (a: bigint, b: bigint): bigint => smallHyperbolic(divide(b - a, b + a));
  return multiply(TWO_OVER_LN2, part(x, middle) + part(middle, y));
};
for (let n = STEPS + 1; n <= 92; n++)
  LOGARITHMS.set(n, LOGARITHMS.get(n - 1)! + logarithmBetween(step(n - 1), step(n)));
for (let n = STEPS - 1; n >= 45; n--)
  LOGARITHMS.set(n, LOGARITHMS.get(n + 1)! - logarithmBetween(step(n), step(n + 1)));
/** log2(f), √½ ≤ f ≤ √2. */
export const logarithm = (f: bigint): bigint => {
  const index = nearest(f);
  const z = divide(f - step(index), f + step(index));
  return LOGARITHMS.get(index)! + multiply(z, logarithmRatio(z));
};
/** True where log2(f) keeps relative precision only through f − 1. */
export const isNearOne = (f: bigint): boolean => nearest(f) === STEPS;

// Powers: (e^s − 1) / s for |s| ≤ ln 2 / 128.
const EXPONENTIAL = coefficients((n) => ONE / factorial(n + 1), 18);
export const exponentialRatio = (s: bigint): bigint => horner(EXPONENTIAL, s);
/** 2^(n/64), n = −64 … 64, from e^(ln 2 / 64). */
const POWERS = new Map<number, bigint>();
{
  const s = LN2 >> BigInt(STEP_BITS + 1);
  const half = ONE + multiply(s, exponentialRatio(s));
  const root = multiply(half, half);
  let power = ONE;
  for (let n = 0; n <= STEPS; n++) {
    POWERS.set(n, power);
    POWERS.set(-n, divide(ONE, power));
    power = multiply(power, root);
  }
}
/** 2^x − 1, |x| ≤ 1. */
export const powerMinusOne = (x: bigint): bigint => {
  const index = nearest(x);
  const s = multiply(x - step(index), LN2);
  const power = POWERS.get(index)!;
  return power - ONE + multiply(power, multiply(s, exponentialRatio(s)));
};
