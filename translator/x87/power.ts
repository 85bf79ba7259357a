/** 2^x − 1: x = n/64 + t, 0 ≤ t < 1/64, and 2^x = 2^(n/64) · e^(t · ln 2). SDM vol. 2, F2XM1. */
import type { Callee } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
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
import { LN2_128, POWER_FRACTION, STEP_BITS, TABLE } from './function-tables.ts';
import { oneOperand, putResult, within } from './functions.ts';
import { shiftLeft128, shiftRightJam, subtract128, wide } from './wide.ts';
import { BIAS, EXPONENT, SIGN } from './words.ts';

const LOWEST = -32;
const STEPS = 1 << STEP_BITS;

/** 3!, 4!, … 10!. */
const FACTORIALS = Array.from({ length: 8 }, (_, n) => {
  let product = 1n;
  for (let k = 2n; k <= n + 3; k++) product *= k;
  return product;
});

/** () → done. F2XM1. */
export const definePower = (builder: ModuleBuilder, round: Callee): Callee =>
  oneOperand(builder, 'f2xm1', (c, top, x) => {
    const w = wide(c);
    c.if(c.eqz(within(c, x, LOWEST, -1)), () => c.return(c.const(0)));
    const negative = c.keep(c.shrU(x.signExponent, 15));
    const below = w.fromU32(c.sub(BIAS - 1, c.and(x.signExponent, EXPONENT)));
    const magnitude = shiftRightJam(c, { high: x.significand, low: w.const(0n) }, below);
    // From −1 to 1, with the part below 1/64 counted upwards; a small argument counts from 0, which keeps all its bits.
    const small = c.keep(w.geU(below, STEP_BITS));
    const downwards = c.keep(c.and(negative, c.eqz(small)));
    const fraction = select128(c, downwards, negate128(c, magnitude), magnitude);
    const n = c.and(w.toI32(w.shrU(fraction.high, 64 - STEP_BITS)), STEPS - 1);
    const t = { high: w.and(fraction.high, w.const((1n << BigInt(64 - STEP_BITS)) - 1n)), low: fraction.low };
    const power = entry(c, TABLE.powers, c.add(n, c.select(downwards, c.const(0), c.const(STEPS))));

    // e^(±s) − 1 = ±s · (1 ± s/2 + s² (1/6 ± s/24 + …)).
    const s = multiplyFractions(c, t, pair(c, LN2_128));
    const signs = w.sub(0, w.fromU32(c.and(negative, small)));
    const word = shiftLeft128(c, s, w.const(BigInt(STEP_BITS))).high;
    const rest = reciprocalSeries(c, FACTORIALS, word, STEP_BITS, signs).high;
    const quadratic = placed(c, multiplyHigh(c, word, multiplyHigh(c, word, rest)), 2 * STEP_BITS);
    const half = shiftRight(c, s, 2);
    const linear = select128(c, w.isZero(signs), half, negate128(c, half));
    const ratio = add128(c, add128(c, pair(c, 1n << 127n), linear), shiftRight(c, quadratic, 1));
    const growth = shiftLeft128(c, multiplyFractions(c, s, ratio), w.const(1n));
    const grown = multiplyFractions(c, growth, power);
    const sum = add128(c, subtract128(c, power, pair(c, 1n << BigInt(POWER_FRACTION))), grown);
    const { value, shift } = normalize128(c, select128(c, downwards, negate128(c, sum), sum));
    putResult(c, round, top.at, {
      sign: c.keep(c.and(x.signExponent, SIGN)),
      exponent: c.keep(c.sub(BIAS - 1 + 128 - POWER_FRACTION, shift)),
      value,
    });
  });
