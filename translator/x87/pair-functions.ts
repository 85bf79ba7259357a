/** Functions of the core module for regions: pairs from registers and back, and operations that are not in line. */
import { STATE } from '../layout.ts';
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { writeRegister } from './exceptions.ts';
import { binadeOf, floats, LEAST, MARGIN, notOrdinary, ORDINARY, productOf, roundLow, sumOf } from './pair.ts';
import { fastControl } from './round.ts';
import type { Encoded } from './unpack.ts';
import { variable, wide } from './wide.ts';
import { BIAS, C1_SHIFT, EXCEPTION, EXCEPTIONS, EXPONENT, INTEGER_BIT, RESULT, SIGN, STATUS } from './words.ts';

/** Host offset where functions that give the high part of a pair leave the low one. */
export const PAIR_LOW = RESULT + 16;

const DOUBLE_BIAS = 1023n;

/** What is no pair: NaNs, infinities, denormal numbers, exponents far from 0. */
const NO_PAIR = Number.NaN;

/** (significand, sign and exponent) → the high part of a pair, the low one being left at PAIR_LOW; else a NaN. */
const defineDecode = (builder: ModuleBuilder): Callee =>
  builder.define('x87_pair', ['i64', 'i32'], 'f64', (c, sig, se) => {
    const w = wide(c);
    const f = floats(c);
    const significand = c.get(sig);
    const exponent = c.keep(c.and(c.get(se), EXPONENT));
    // A zero may have any scale.
    const scaleExponent = w.isZero(significand);
    c.if(
      scaleExponent,
      () => c.if(exponent, () => c.return(f.const(NO_PAIR))),
      () => {
        const far = c.geU(c.sub(exponent, BIAS - Number(DOUBLE_BIAS) + LEAST), ORDINARY);
        c.if(c.or(w.geS(significand, 0), far), () => c.return(f.const(NO_PAIR)));
      },
    );
    const power = c.select(scaleExponent, c.const(1), c.sub(exponent, BIAS + 63 - Number(DOUBLE_BIAS)));
    const sign = w.shl(w.fromU32(c.and(c.get(se), SIGN)), 48);
    const scale = f.fromBits(w.or(sign, w.shl(w.fromU32(power), 52)));
    const whole = (v: Val): Val => c.keep(c.op1('f64', 'convert_u.i64', v));
    const { sum, error } = sumOf(c, whole(w.and(significand, w.const(-2048n))), whole(w.and(significand, 2047)));
    c.storeAs('f64', PAIR_LOW, f.mul(error, scale));
    return f.mul(sum, scale);
  });

/** A pair as a register holds it. */
const encode = (c: Code, high: Val, low: Val): Encoded => {
  const w = wide(c);
  const f = floats(c);
  const bits = f.bits(high);
  const sign = c.keep(c.and(w.toI32(w.shrU(bits, 48)), SIGN));
  const significand = variable(c, c.const64(0n));
  const signExponent = variable(c, sign);
  c.if(f.ne(high, 0), () => {
    const exponent = w.and(w.shrU(bits, 52), 0x7ff);
    // Low in halves of the 64-bit significand's unit: 2^(63 − e), and one bit more, with the sign of high.
    const scale = w.or(w.shl(w.sub(DOUBLE_SCALE, exponent), 52), w.and(bits, w.const(INTEGER_BIT)));
    const small = c.keep(c.op1('i64', 'trunc_s_sat.f64', f.mul(low, f.fromBits(scale)), 'i64'));
    const top = w.or(w.shl(bits, 11), w.const(INTEGER_BIT));
    const sum = w.add(top, w.shrS(small, 1));
    // A power of two less something has its units in the binade below.
    const below = w.geS(sum, 0);
    c.set(significand, w.select(below, small, sum));
    const wideExponent = c.add(w.toI32(exponent), BIAS - Number(DOUBLE_BIAS));
    c.set(signExponent, c.or(sign, c.sub(wideExponent, below)));
  });
  return { significand: c.get(significand), signExponent: c.get(signExponent) };
};
/** Bias twice, and what takes the last of 64 bits to 2. */
const DOUBLE_SCALE = 2046 + 64;

/** (at, high, low): writes a pair to the register at host address `at`, unless it is none. */
const defineWrite = (builder: ModuleBuilder): Callee =>
  builder.define('x87_write_pair', ['i32', 'f64', 'f64'], undefined, (c, at, high, low) => {
    const f = floats(c);
    c.if(f.ne(c.get(high), c.get(high)), () => c.return());
    const { significand, signExponent } = encode(c, c.get(high), c.get(low));
    writeRegister(c, c.get(at), significand, signExponent);
  });

/** (high, low) → 0 and the same at RESULT, as `kernel` (of a significand, a sign and exponent, `more`) makes it. */
const defineConversion = (builder: ModuleBuilder, name: string, kernel: Callee): Callee => {
  const more = kernel.params.slice(2);
  return builder.define(`x87_pair_${name}`, ['f64', 'f64', ...more], kernel.result, (c, high, low, ...rest) => {
    const { significand, signExponent } = encode(c, c.get(high!), c.get(low!));
    return c.call(kernel, significand, signExponent, ...rest.map((local) => c.get(local)));
  });
};

type Quick = (c: Code, a: Parts, b: Parts) => Estimate;
interface Parts {
  readonly high: Val;
  readonly low: Val;
}
interface Estimate extends Parts {
  /** Non-zero where nothing is missing at all. */
  readonly exact: Val;
}

/** √a or a / b from a double and the exact remainder that it leaves: error below 2^-100. */
const divided: Quick = (c, a, b) => {
  const f = floats(c);
  const first = f.div(a.high, b.high);
  const { product, error } = productOf(c, first, b.high);
  const rest = f.sub(f.sub(a.high, product), error);
  const remainder = f.sub(f.add(rest, a.low), f.mul(first, b.low));
  const { sum, error: low } = sumOf(c, first, f.div(remainder, b.high));
  const lows = c.or(f.ne(a.low, 0), f.ne(b.low, 0));
  return { high: sum, low, exact: c.keep(c.eqz(c.or(f.ne(rest, 0), lows))) };
};
const rooted: Quick = (c, a) => {
  const f = floats(c);
  const first = f.sqrt(a.high);
  const { product, error } = productOf(c, first, first);
  const rest = f.sub(f.sub(a.high, product), error);
  const { sum, error: low } = sumOf(c, first, f.div(f.add(rest, a.low), f.add(first, first)));
  return { high: sum, low, exact: c.keep(c.eqz(c.or(f.ne(rest, 0), f.ne(a.low, 0)))) };
};
/** Returns the estimate rounded where it is surely right, with the flags. */
const returnQuick = (c: Code, { high, low, exact }: Estimate): void => {
  const w = wide(c);
  const f = floats(c);
  const { exponent, shifted, rounded } = roundLow(c, binadeOf(c, high, low), low);
  const gained = f.sub(rounded, low);
  const half = f.fromBits(w.sub(shifted, w.const(64n << 52n)));
  const away = f.abs(gained);
  const margin = f.mul(half, MARGIN);
  const unsure = c.or(f.lt(away, margin), f.lt(f.abs(f.sub(away, half)), margin));
  c.if(c.eqz(c.or(notOrdinary(c, exponent), c.and(unsure, c.eqz(exact)))), () => {
    const up = w.isZero(w.shrU(w.xor(f.bits(gained), f.bits(high)), 63));
    const flags = c.or(c.const(EXCEPTION.PE), c.shl(up, C1_SHIFT));
    const status = c.and(c.load(STATE.fpuStatus), ~STATUS.C1);
    c.store(STATE.fpuStatus, c.or(status, c.select(f.ne(gained, 0), flags, c.const(0))));
    c.storeAs('f64', PAIR_LOW, rounded);
    c.return(high);
  });
};

/**
 * (a, a's low part[, b, b's]) → high part of the result, the low one being left at PAIR_LOW, and flags in the status
 * word. A NaN where the result is no pair, or an exception that is not masked might forbid it.
 */
const defineOperation = (
  builder: ModuleBuilder,
  name: string,
  kernel: Callee,
  decode: Callee,
  quick?: Quick,
): Callee => {
  const operands = (kernel.params.length - 1) / 2;
  return builder.define(
    `x87_pair_${name}`,
    Array.from({ length: 2 * operands }, () => 'f64'),
    'f64',
    (c, ...p) => {
      const f = floats(c);
      const parts = Array.from(
        { length: operands },
        (_, k): Parts => ({ high: c.get(p[2 * k]!), low: c.get(p[2 * k + 1]!) }),
      );
      if (quick) {
        const [a, b = a] = parts as [Parts, Parts?];
        c.if(fastControl(c), () => returnQuick(c, quick(c, a, b)));
      }
      const masks = c.and(c.load(STATE.fpuControl), EXCEPTIONS);
      c.if(c.ne(masks, EXCEPTIONS), () => c.return(f.const(NO_PAIR)));
      const encoded = parts.map(({ high, low }) => encode(c, high, low));
      const args = encoded.flatMap(({ significand, signExponent }) => [significand, signExponent]);
      c.call(kernel, RESULT, ...args);
      return c.call(decode, c.loadAs('i64', c.const(RESULT)), c.load(RESULT, 16, 8));
    },
  );
};

export interface Kernels {
  readonly add: Callee;
  readonly subtract: Callee;
  readonly multiply: Callee;
  readonly divide: Callee;
  readonly sqrt: Callee;
}
/** `conversions`: what makes a value for memory of a register's. */
export const definePairs = (
  builder: ModuleBuilder,
  kernels: Kernels,
  conversions: Readonly<Record<string, Callee>>,
): Callee[] => {
  const decode = defineDecode(builder);
  const quick: Partial<Record<string, Quick>> = { divide: divided, sqrt: rooted };
  return [
    decode,
    defineWrite(builder),
    ...Object.entries(kernels).map(([name, kernel]) => defineOperation(builder, name, kernel, decode, quick[name])),
    ...Object.entries(conversions).map(([name, kernel]) => defineConversion(builder, name, kernel)),
  ];
};
