/**
 * The angle of a point: atan(t) = atan(n/64) + atan((t − n/64) / (1 + t · n/64)) for the smaller of the coordinates over the
 * larger one, as one division; then turned into the octant. SDM vol. 2, FPATAN.
 */
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { divide128 } from './divide.ts';
import {
  add128,
  entry,
  multiplyFractions,
  multiplyHigh,
  negate128,
  normalize128,
  pair,
  placed,
  reciprocalSeries,
  select128,
  shiftRight,
} from './fractions.ts';
import { ANGLE_FRACTION, PI_125, STEP_BITS, TABLE } from './function-tables.ts';
import { type Magnitude, twoOperands, within } from './functions.ts';
import { multiply128, type Pair, shiftLeft128, shiftRightJam, subtract128, variable, wide } from './wide.ts';
import { BIAS, EXPONENT, SIGN } from './words.ts';

/** Exponents of the operands, and by how much they may differ. */
const LARGEST = 0x3e00;
const APART = 40;
/** The small angle's tangent is below 2^-UNIT, even where n is one less than it might be. */
const UNIT = STEP_BITS - 1;

/** numerator / denominator, both normalized, by half: a fraction. */
const divideFractions = (c: Code, numerator: Pair, denominator: Pair): Pair => {
  const w = wide(c);
  // By the upper word of the denominator; the lower one is made up for: it takes less than 2^-63 of the quotient.
  const first = divide128(c, shiftRight(c, numerator, 1), denominator.high);
  const second = divide128(c, { high: first.remainder, low: w.const(0n) }, denominator.high);
  const float = (v: Val): Val => c.op1('f64', 'convert_u.i64', v);
  const share = c.op2(
    'f64',
    'div',
    c.op2('f64', 'mul', float(first.quotient), float(denominator.low)),
    float(denominator.high),
  );
  const half = c.make('f64', [], (m) => m.f64.const(0.5));
  const excess = c.keep(c.op1('i64', 'trunc_u_sat.f64', c.op2('f64', 'mul', share, half), 'i64'));
  const correction = { high: w.shrU(excess, 63), low: w.shl(excess, 1) };
  return subtract128(c, { high: first.quotient, low: second.quotient }, correction);
};

/** () → done. FPATAN. */
export const defineArctangent = (builder: ModuleBuilder, round: Callee): Callee =>
  twoOperands(builder, 'fpatan', round, (c, y, x): Magnitude => {
    const w = wide(c);
    const usual = c.and(within(c, y, -LARGEST, LARGEST), within(c, x, -LARGEST, LARGEST));
    const apart = c.keep(c.sub(c.and(x.signExponent, EXPONENT), c.and(y.signExponent, EXPONENT)));
    c.if(c.or(c.eqz(usual), c.gtU(c.add(apart, APART), 2 * APART)), () => c.return(c.const(0)));
    const steep = c.keep(c.or(c.ltS(apart, 0), c.and(c.eqz(apart), w.gtU(y.significand, x.significand))));
    const larger = w.select(steep, y.significand, x.significand);
    const smaller = w.select(steep, x.significand, y.significand);
    const distance = c.keep(c.select(steep, c.sub(0, apart), apart));

    // In units of the smaller one: larger · 2^distance.
    const aligned = shiftLeft128(c, { high: w.const(0n), low: larger }, w.fromU32(distance));
    const float = (v: Val): Val => c.op1('f64', 'convert_u.i64', v);
    const scale = c.op1('f64', 'reinterpret', w.shl(c.extend64S(c.sub(1023 + STEP_BITS, distance)), 52));
    const ratio = c.op2('f64', 'mul', c.op2('f64', 'div', float(smaller), float(larger)), scale);
    // Never above the ratio, whatever has been rounded.
    const tiny = c.make('f64', [], (m) => m.f64.const(2 ** -40));
    const n = c.keep(c.op1('i64', 'trunc_u_sat.f64', c.op2('f64', 'sub', ratio, tiny), 'i64'));
    const times = (value: Pair): Pair => {
      const product = multiply128(c, value.low, n);
      return { high: w.add(product.high, w.mul(value.high, n)), low: product.low };
    };
    const stretched = (value: Pair): Pair => shiftLeft128(c, value, w.const(BigInt(STEP_BITS)));
    const small = { high: w.const(0n), low: smaller };
    const numerator = normalize128(c, subtract128(c, stretched(small), times(aligned)));
    const denominator = normalize128(c, add128(c, stretched(aligned), times(small)));
    const quotient = normalize128(c, divideFractions(c, numerator.value, denominator.value));
    /** The small angle's tangent is z · 2^power. */
    const z = quotient.value;
    const power = c.keep(c.sub(c.sub(c.add(denominator.shift, 1), numerator.shift), quotient.shift));

    const down = w.fromU32(c.sub(0, power));
    const word = shiftLeft128(c, shiftRightJam(c, z, down), w.const(BigInt(UNIT))).high;
    const square = multiplyHigh(c, word, word);
    const divisors = [3n, 5n, 7n, 9n, 11n, 13n, 15n];
    const rest = reciprocalSeries(c, divisors, square, 2 * UNIT, w.const(-1n)).high;
    const lost = placed(c, multiplyHigh(c, square, rest), 2 * UNIT);
    const kept = negate128(c, { high: lost.high, low: w.or(lost.low, 1) });
    const part = multiplyFractions(c, z, kept);

    const left = c.keep(c.shrU(x.signExponent, 15));
    const high = c.newLocal('i64');
    const low = c.newLocal('i64');
    const bias = variable(c, c.const(128 - ANGLE_FRACTION));
    const set = (value: Pair): void => {
      c.set(high, value.high);
      c.set(low, value.low);
    };
    c.if(
      c.or(c.or(steep, left), w.isNonzero(n)),
      () => {
        const place = w.fromU32(c.sub(128 - ANGLE_FRACTION, power));
        const angle = add128(c, entry(c, TABLE.angles, w.toI32(n)), shiftRightJam(c, part, place));
        // From the axis that is nearest: up or down from π/2, down from π, up from 0.
        const base = select128(c, steep, pair(c, PI_125 >> 1n), select128(c, left, pair(c, PI_125), pair(c, 0n)));
        const up = c.eq(steep, left);
        set(add128(c, base, select128(c, up, angle, negate128(c, angle))));
      },
      () => {
        set(part);
        c.set(bias, power);
      },
    );
    const { value, shift } = normalize128(c, { high: c.get(high), low: c.get(low) });
    return {
      sign: c.keep(c.and(y.signExponent, SIGN)),
      exponent: c.keep(c.sub(c.add(c.get(bias), BIAS - 1), shift)),
      value,
    };
  });
