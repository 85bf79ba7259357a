/** Multiplication. SDM vol. 2, FMUL. */
import { STATE } from '../layout.ts';
import type { Callee, Local } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import type { Exceptions } from './exceptions.ts';
import { fastControl, finishFast } from './round.ts';
import { beginGeneral, encoded, OPERATION_PARAMS } from './unpack.ts';
import { multiply128, shiftLeft128, wide } from './wide.ts';
import { BIAS, EXPONENT, EXPONENT_MAX, SIGN } from './words.ts';

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

/** (at, a, a', b, b') → delivered: writes a · b to the register at host address `at`. */
export const defineMultiply = (builder: ModuleBuilder, exceptions: Exceptions, round: Callee): Callee => {
  const general = defineGeneral(builder, exceptions, round);
  return builder.define('x87_multiply', OPERATION_PARAMS, 'i32', (c, ...p) => {
    const [at, aSig, aSe, bSig, bSe] = p as [Local, Local, Local, Local, Local];
    const w = wide(c);
    const slow = c.label('slow');
    c.block(slow, () => {
      const [a, b] = [c.get(aSig), c.get(bSig)];
      const aExponent = c.keep(c.and(c.get(aSe), EXPONENT));
      const bExponent = c.keep(c.and(c.get(bSe), EXPONENT));
      c.break(slow, c.eqz(c.and(fastControl(c), w.topBit(w.and(a, b)))));
      c.break(slow, c.or(c.geU(c.sub(aExponent, 1), EXPONENT_MAX), c.geU(c.sub(bExponent, 1), EXPONENT_MAX)));
      const product = multiply128(c, a, b);
      const short = w.clz(product.high);
      const value = shiftLeft128(c, product, short);
      const exponent = c.keep(c.sub(c.sub(c.add(aExponent, bExponent), BIAS - 1), c.wrap(short)));
      const sign = c.keep(c.and(c.xor(c.get(aSe), c.get(bSe)), SIGN));
      finishFast(c, slow, c.get(at), sign, exponent, value);
      c.return(c.const(1));
    });
    return c.call(general, c.get(at), c.get(aSig), c.get(aSe), c.get(bSig), c.get(bSe));
  });
};
