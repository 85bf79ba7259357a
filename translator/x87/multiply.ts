/** Multiplication. SDM vol. 2, FMUL. */
import { STATE } from '../layout.ts';
import type { Callee, Code, Local } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import type { Exceptions } from './exceptions.ts';
import { defineOperation, finishUsual, type Usual } from './round.ts';
import { beginGeneral, type Encoded, encoded, OPERATION_PARAMS } from './unpack.ts';
import { multiply128, shiftLeft128, wide } from './wide.ts';
import { BIAS, EXPONENT, SIGN } from './words.ts';

const defineGeneral = (builder: ModuleBuilder, exceptions: Exceptions, round: Callee): Callee =>
  builder.define('x87_multiply_general', OPERATION_PARAMS, 'i32', (c, ...p) => {
    const [at, aSig, aSe, bSig, bSe] = p as [Local, Local, Local, Local, Local];
    const w = wide(c);
    const op = beginGeneral(c, exceptions, c.get(at), encoded(c, aSig, aSe), encoded(c, bSig, bSe));
    const { a, b } = op;
    const sign = c.keep(c.xor(a.sign, b.sign));
    const infinite = c.keep(c.or(a.infinite, b.infinite));
    const zero = c.keep(c.or(a.zero, b.zero));
    c.if(c.and(infinite, zero), op.invalid);
    op.denormal();
    c.if(infinite, () => op.infinity(sign));
    c.if(zero, () => op.zero(sign));
    const product = multiply128(c, a.significand, b.significand);
    const short = w.clz(product.high);
    const value = shiftLeft128(c, product, short);
    const exponent = c.sub(c.sub(c.add(a.exponent, b.exponent), BIAS - 1), c.wrap(short));
    c.call(round, c.get(at), sign, exponent, value.high, value.low, c.load(STATE.fpuControl));
    return c.const(1);
  });

/** a · b for normal numbers, to nearest and 64 bits; jumps to `slow` where that is not all. */
export const multiplyUsual = (c: Code, slow: string, a: Encoded, b: Encoded): Usual => {
  const w = wide(c);
  const product = multiply128(c, a.significand, b.significand);
  // Two numbers from 1 to 2: the product is below 4.
  const short = w.xor(w.shrU(product.high, 63), 1);
  const value = {
    high: w.or(w.shl(product.high, short), w.and(w.shrU(product.low, 63), short)),
    low: w.shl(product.low, short),
  };
  const exponents = c.add(c.and(a.signExponent, EXPONENT), c.and(b.signExponent, EXPONENT));
  const exponent = c.keep(c.sub(c.sub(exponents, BIAS - 1), w.toI32(short)));
  const sign = c.keep(c.and(c.xor(a.signExponent, b.signExponent), SIGN));
  return finishUsual(c, slow, sign, exponent, value);
};

/** (at, a, a', b, b') → delivered: writes a · b to the register at host address `at`. */
export const defineMultiply = (builder: ModuleBuilder, exceptions: Exceptions, round: Callee): Callee =>
  defineOperation(builder, 'x87_multiply', multiplyUsual, defineGeneral(builder, exceptions, round));
