/** Division. SDM vol. 2, FDIV. */
import { STATE } from '../layout.ts';
import type { Callee, Code, Local, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import type { Exceptions } from './exceptions.ts';
import { defineOperation, finishUsual, type Usual } from './round.ts';
import { beginGeneral, type Encoded, encoded, OPERATION_PARAMS } from './unpack.ts';
import { type Pair, variable, wide } from './wide.ts';
import { BIAS, EXCEPTION, EXPONENT, INTEGER_BIT, SIGN } from './words.ts';

/**
 * One 32-bit digit of a quotient: (rest · 2^32 + next) / divisor, for rest < divisor and a divisor with bit 63 set.
 * Estimated from the divisor's upper half, the digit is at most two too large (Knuth, TAOCP vol. 2, 4.3.1).
 */
const digit = (c: Code, rest: Val, next: Val, divisor: Val): { quotient: Val; rest: Val } => {
  const w = wide(c);
  const [high, low] = [w.shrU(divisor, 32), w.and(divisor, w.const(0xffff_ffffn))];
  const estimate = w.divU(rest, high);
  const quotient = variable(c, estimate);
  const left = w.sub(rest, w.mul(estimate, high));
  const tooLarge = (q: Val, r: Val): Val =>
    c.or(w.isNonzero(w.shrU(q, 32)), w.gtU(w.mul(q, low), w.or(w.shl(r, 32), next)));
  c.if(tooLarge(estimate, left), () => {
    const second = w.sub(estimate, 1);
    const more = w.add(left, high);
    c.set(quotient, second);
    c.if(w.isZero(w.shrU(more, 32)), () => {
      c.if(tooLarge(second, more), () => c.set(quotient, w.sub(second, 1)));
    });
  });
  const q = c.get(quotient);
  return { quotient: q, rest: w.sub(w.or(w.shl(rest, 32), next), w.mul(q, divisor)) };
};

/** (high · 2^64 + low) / divisor, for high < divisor and a divisor with bit 63 set. */
export const divide128 = (c: Code, dividend: Pair, divisor: Val): { quotient: Val; remainder: Val } => {
  const w = wide(c);
  const first = digit(c, dividend.high, w.shrU(dividend.low, 32), divisor);
  const second = digit(c, first.rest, w.and(dividend.low, w.const(0xffff_ffffn)), divisor);
  return { quotient: w.or(w.shl(first.quotient, 32), second.quotient), remainder: second.rest };
};

/** a / b for normalized significands, normalized: the quotient, what rounding needs of the rest, and 1 when a < b. */
const quotient = (c: Code, a: Val, b: Val): { value: Pair; less: Val } => {
  const w = wide(c);
  const less = w.ltU(a, b);
  // Halved unless smaller, so that the quotient has 64 bits exactly.
  const half = w.fromU32(c.eqz(less));
  const dividend = { high: w.shrU(a, half), low: w.shl(w.and(a, half), 63) };
  const { quotient: high, remainder } = divide128(c, dividend, b);
  const complement = w.sub(b, remainder);
  const atLeastHalf = w.shl(w.fromU32(w.geU(remainder, complement)), 63);
  const inexact = w.fromU32(c.and(w.isNonzero(remainder), w.ne(remainder, complement)));
  return { value: { high, low: w.or(atLeastHalf, inexact) }, less };
};

const defineGeneral = (builder: ModuleBuilder, exceptions: Exceptions, round: Callee): Callee =>
  builder.define('x87_divide_general', OPERATION_PARAMS, 'i32', (c, ...p) => {
    const [at, aSig, aSe, bSig, bSe] = p as [Local, Local, Local, Local, Local];
    const op = beginGeneral(c, exceptions, c.get(at), encoded(c, aSig, aSe), encoded(c, bSig, bSe));
    const { a, b } = op;
    const sign = c.keep(c.xor(a.sign, b.sign));
    c.if(c.or(c.and(a.infinite, b.infinite), c.and(a.zero, b.zero)), op.invalid);
    c.if(c.and(b.zero, c.eqz(a.infinite)), () => {
      c.if(c.call(exceptions.raise, EXCEPTION.ZE), () => c.return(c.const(0)));
      op.deliver(c.const64(INTEGER_BIT), c.or(sign, EXPONENT));
    });
    op.denormal();
    c.if(a.infinite, () => op.infinity(sign));
    c.if(c.or(b.infinite, a.zero), () => op.zero(sign));
    const { value, less } = quotient(c, a.significand, b.significand);
    const exponent = c.sub(c.add(c.sub(a.exponent, b.exponent), BIAS), less);
    c.call(round, c.get(at), sign, exponent, value.high, value.low, c.load(STATE.fpuControl));
    return c.const(1);
  });

/** a / b for normal numbers, to nearest and 64 bits; jumps to `slow` where that is not all. */
const divideUsual = (c: Code, slow: string, a: Encoded, b: Encoded): Usual => {
  const { value, less } = quotient(c, a.significand, b.significand);
  const difference = c.sub(c.and(a.signExponent, EXPONENT), c.and(b.signExponent, EXPONENT));
  const exponent = c.keep(c.sub(c.add(difference, BIAS), less));
  const sign = c.keep(c.and(c.xor(a.signExponent, b.signExponent), SIGN));
  return finishUsual(c, slow, sign, exponent, value);
};

/** (at, a, a', b, b') → delivered: writes a / b to the register at host address `at`. */
export const defineDivide = (builder: ModuleBuilder, exceptions: Exceptions, round: Callee): Callee =>
  defineOperation(builder, 'x87_divide', divideUsual, defineGeneral(builder, exceptions, round));
