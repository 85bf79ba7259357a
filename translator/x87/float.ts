/** Single and double precision: operands widened, results rounded. SDM vol. 1, 4.2.2; vol. 2, FLD, FST. */
import { STATE } from '../layout.ts';
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { classify, clearC1, type Exceptions } from './exceptions.ts';
import { roundTo } from './round.ts';
import { isEmpty, readSlot, type Stack, slot } from './stack.ts';
import { type Encoded, encoded, unpack } from './unpack.ts';
import { wide } from './wide.ts';
import { BIAS, EXCEPTION, EXPONENT, INTEGER_BIT, QUIET_BIT, RESULT, SIGN, STACK_UNDERFLOW } from './words.ts';

/** An IEEE format in memory. */
export interface Format {
  readonly name: 'f32' | 'f64';
  readonly bits: 32 | 64;
  readonly fraction: number;
  readonly bias: number;
  /** Exponent of infinities and NaNs. */
  readonly special: number;
  readonly indefinite: bigint;
}
export const F32: Format = {
  name: 'f32',
  bits: 32,
  fraction: 23,
  bias: 127,
  special: 0xff,
  indefinite: 0xffc0_0000n,
};
export const F64: Format = {
  name: 'f64',
  bits: 64,
  fraction: 52,
  bias: 1023,
  special: 0x7ff,
  indefinite: 0xfff8_0000_0000_0000n,
};

/** A float from memory, widened as if it were normal, and whether it is. */
export const widenNormal = (c: Code, format: Format, bits: Val): Encoded & { normal: Val; fraction: Val } => {
  const w = wide(c);
  const { special, bias } = format;
  const exponent = c.keep(c.and(w.toI32(w.shrU(bits, format.fraction)), special));
  const sign = c.and(w.toI32(w.shrU(bits, format.bits - 16)), SIGN);
  // The fraction at the place it has in a significand, without integer bit.
  const fraction = w.shrU(w.shl(bits, 64 - format.fraction), 1);
  return {
    normal: c.keep(c.ltU(c.sub(exponent, 1), special - 1)),
    fraction,
    significand: w.or(fraction, w.const(INTEGER_BIT)),
    signExponent: c.keep(c.or(sign, c.add(exponent, BIAS - bias))),
  };
};

/**
 * (bits) → 0 or DE. Widens any float of the format to the 16 bytes at RESULT; signaling NaNs stay signaling.
 */
export const defineWiden = (builder: ModuleBuilder, format: Format): Callee =>
  builder.define(`x87_widen_${format.name}`, ['i64'], 'i32', (c, bits) => {
    const w = wide(c);
    const { fraction, significand, signExponent, normal } = widenNormal(c, format, c.get(bits));
    const put = (s: Val, e: Val): void => {
      const kept = c.keep(e);
      c.storeAs('i64', RESULT, s);
      c.store(RESULT, kept, 32, 8);
    };
    const sign = c.keep(c.and(signExponent, SIGN));
    c.if(normal, () => {
      put(significand, signExponent);
      c.return(c.const(0));
    });
    c.if(c.ne(c.and(signExponent, EXPONENT), BIAS - format.bias), () => {
      put(significand, c.or(sign, EXPONENT));
      c.return(c.const(0));
    });
    c.if(w.isZero(fraction), () => {
      put(fraction, sign);
      c.return(c.const(0));
    });
    const leading = w.clz(fraction);
    put(w.shl(fraction, leading), c.or(sign, c.sub(BIAS - format.bias + 1, c.wrap(leading))));
    return c.const(EXCEPTION.DE);
  });

/** What defineWiden left. */
export const widened = (c: Code): Encoded => ({
  significand: c.keep(c.loadAs('i64', c.const(RESULT))),
  signExponent: c.keep(c.load(RESULT, 32, 8)),
});

/** (bits) → delivered. FLD m32, FLD m64. */
export const defineLoad = (
  builder: ModuleBuilder,
  format: Format,
  exceptions: Exceptions,
  stack: Stack,
  widen: Callee,
): Callee =>
  builder.define(`x87_load_${format.name}`, ['i64'], 'i32', (c, bits) => {
    const w = wide(c);
    const { significand, signExponent, normal } = widenNormal(c, format, c.get(bits));
    c.if(normal, () => c.return(c.call(stack.push, significand, signExponent)));
    const denormal = c.call(widen, c.get(bits));
    const value = widened(c);
    c.if(c.eqz(isEmpty(c, slot(c, -1))), () => c.return(c.call(stack.push, value.significand, value.signExponent)));
    const { signaling, nan } = classify(c, value.significand, value.signExponent);
    c.if(signaling, () => {
      c.if(c.call(exceptions.raise, EXCEPTION.IE), () => c.return(c.const(0)));
    });
    // A denormal number is loaded even where DE is unmasked: what is on the stack is exact and normal.
    c.if(denormal, () => c.call(exceptions.raise, EXCEPTION.DE));
    const quiet = w.select(nan, w.const(QUIET_BIT), w.const(0n));
    return c.call(stack.push, w.or(value.significand, quiet), value.signExponent);
  });

/** (a, a') → delivered. Leaves a rounded to the format at RESULT. */
export const defineNarrow = (builder: ModuleBuilder, format: Format, exceptions: Exceptions): Callee =>
  builder.define(`x87_narrow_${format.name}`, ['i64', 'i32'], 'i32', (c, sig, se) => {
    const w = wide(c);
    const bits = 63 - format.fraction;
    const put = (value: Val): void => c.storeAs('i64', RESULT, value);
    clearC1(c);
    const raiseOrReturn = (flags: Val | number): void =>
      c.if(c.call(exceptions.raise, flags), () => c.return(c.const(0)));

    const value = encoded(c, sig, se);
    const kind = classify(c, value.significand, value.signExponent);
    c.if(kind.unsupported, () => {
      raiseOrReturn(EXCEPTION.IE);
      put(w.const(format.indefinite));
      c.return(c.const(1));
    });
    const sign = c.keep(c.and(value.signExponent, SIGN));
    const pack = (exponent: Val, significand: Val): void => {
      const fraction = w.shrU(w.shl(significand, 1), 64 - format.fraction);
      const high = w.or(w.shl(w.fromU32(sign), format.bits - 16), w.shl(w.fromU32(exponent), format.fraction));
      put(w.or(high, fraction));
    };
    c.if(kind.nan, () => {
      c.if(kind.signaling, () => raiseOrReturn(EXCEPTION.IE));
      pack(c.const(format.special), w.or(value.significand, w.const(QUIET_BIT)));
      c.return(c.const(1));
    });
    const a = unpack(c, value);
    c.if(c.or(a.zero, a.infinite), () => {
      pack(c.keep(c.select(a.zero, c.const(0), c.const(format.special))), w.const(0n));
      c.return(c.const(1));
    });
    const control = c.keep(c.load(STATE.fpuControl));
    const exponent = c.keep(c.sub(a.exponent, BIAS - format.bias));
    const unrounded = { sign, exponent, value: { high: a.significand, low: w.const(0n) } };
    const rounded = roundTo(c, control, unrounded, c.const(bits), format.special - 1, 0);
    const flags = c.keep(c.get(rounded.flags));
    // Unmasked overflow and underflow forbid the store, other than in a register, and stand alone.
    const range = c.keep(c.and(flags, EXCEPTION.OE | EXCEPTION.UE));
    c.if(c.and(range, c.xor(control, -1)), () => {
      c.call(exceptions.raise, range);
      c.return(c.const(0));
    });
    c.call(exceptions.raise, flags);
    pack(c.get(rounded.exponent), c.get(rounded.significand));
    return c.const(1);
  });

/** () → delivered. FST m32, FST m64: leaves the rounded ST(0) at RESULT; no pop. */
export const defineStore = (builder: ModuleBuilder, format: Format, exceptions: Exceptions, narrow: Callee): Callee =>
  builder.define(`x87_store_${format.name}`, [], 'i32', (c) => {
    const source = slot(c, 0);
    c.if(isEmpty(c, source), () => {
      c.if(c.call(exceptions.raise, STACK_UNDERFLOW), () => c.return(c.const(0)));
      c.storeAs('i64', RESULT, c.const64(format.indefinite));
      c.return(c.const(1));
    });
    const { significand, signExponent } = readSlot(c, source);
    return c.call(narrow, significand, signExponent);
  });
