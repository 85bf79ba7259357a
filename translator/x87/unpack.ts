/** Operands taken apart: sign, exponent and normalized significand; and the frame all general operations share. */
import { STATE } from '../layout.ts';
import type { Code, Local, Val } from '../wasm/code.ts';
import { clearC1, type Exceptions, writeRegister } from './exceptions.ts';
import { wide } from './wide.ts';
import { EXPONENT, INTEGER_BIT, RC, RC_SHIFT, ROUND_DOWN, SIGN } from './words.ts';

/** One operand as it comes: significand, and sign with exponent. */
export interface Encoded {
  readonly significand: Val;
  readonly signExponent: Val;
}

/** A number: (−1)^sign · significand · 2^(exponent − BIAS − 63). */
export interface Unpacked {
  /** 0 or SIGN. */
  readonly sign: Val;
  /** Biased, and below 1 for denormal numbers. */
  readonly exponent: Val;
  /** Bit 63 set, or 0 for zero. */
  readonly significand: Val;
  readonly zero: Val;
  readonly infinite: Val;
}

/** Takes an operand apart that is neither a NaN nor of an unsupported encoding. */
export const unpack = (c: Code, { significand, signExponent }: Encoded): Unpacked => {
  const w = wide(c);
  const exponent = c.keep(c.and(signExponent, EXPONENT));
  const zero = w.isZero(significand);
  const leading = w.clz(significand);
  // Denormal numbers, and pseudo-denormals too, count from exponent 1.
  const normalized = c.sub(c.select(exponent, exponent, c.const(1)), c.wrap(leading));
  return {
    sign: c.keep(c.and(signExponent, SIGN)),
    exponent: c.keep(normalized),
    significand: w.shl(significand, leading),
    zero,
    infinite: c.keep(c.and(c.eq(exponent, EXPONENT), c.eqz(zero))),
  };
};

/** What the general form of an operation of two operands has at hand. */
export interface General {
  readonly at: Val;
  readonly a: Unpacked;
  readonly b: Unpacked;
  /** Returns an invalid operation's result from the function being built. */
  readonly invalid: () => void;
  /** Raises DE where due: after the invalid operations, before anything else. */
  readonly denormal: () => void;
  /** Returns an exact result. */
  readonly deliver: (significand: Val, signExponent: Val) => void;
  readonly infinity: (sign: Val) => void;
  readonly zero: (sign: Val) => void;
}

export const OPERATION_PARAMS = ['i32', 'i64', 'i32', 'i64', 'i32'] as const;

/** Begins a general operation (at, a, a', b, b') → delivered: C1, NaNs and unsupported encodings are dealt with here. */
export const beginGeneral = (
  c: Code,
  exceptions: Exceptions,
  at: Val,
  x: Encoded,
  y: Encoded,
  adjust: (b: Unpacked) => Unpacked = (b) => b,
): General => {
  clearC1(c);
  const nan = c.call(exceptions.nan, at, x.significand, x.signExponent, y.significand, y.signExponent);
  c.if(c.geS(nan, 0), () => c.return(nan));
  const deliver = (significand: Val, signExponent: Val): void => {
    writeRegister(c, at, significand, signExponent);
    c.return(c.const(1));
  };
  return {
    at,
    a: unpack(c, x),
    b: adjust(unpack(c, y)),
    invalid: () => c.return(c.call(exceptions.invalid, at)),
    denormal: () => {
      const args = [x.significand, x.signExponent, y.significand, y.signExponent];
      c.if(c.call(exceptions.denormal, ...args), () => c.return(c.const(0)));
    },
    deliver,
    infinity: (sign) => deliver(c.const64(INTEGER_BIT), c.or(sign, EXPONENT)),
    zero: (sign) => deliver(c.const64(0n), sign),
  };
};

/** The sign of an exact zero that is the sum of numbers with different signs. SDM vol. 1, 4.8.3.1. */
export const signOfZeroSum = (c: Code): Val => {
  const mode = c.and(c.shrU(c.load(STATE.fpuControl), RC_SHIFT), RC >> RC_SHIFT);
  return c.keep(c.select(c.eq(mode, ROUND_DOWN), c.const(SIGN), c.const(0)));
};

export const encoded = (c: Code, significand: Local, signExponent: Local): Encoded => ({
  significand: c.get(significand),
  signExponent: c.get(signExponent),
});
