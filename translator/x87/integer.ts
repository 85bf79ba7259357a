/** Integers: operands, results, and rounding to integers in place. SDM vol. 2, FILD, FIST, FRNDINT. */
import { STATE } from '../layout.ts';
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { classify, clearC1, type Exceptions, writeRegister } from './exceptions.ts';
import { roundsUp } from './round.ts';
import { isEmpty, readSlot, type Stack, slot } from './stack.ts';
import { beginGeneral, type Encoded, encoded, type Unpacked, unpack } from './unpack.ts';
import { shiftRightJam, wide } from './wide.ts';
import { BIAS, EXCEPTION, RC, RESULT, SIGN, STACK_UNDERFLOW, STATUS } from './words.ts';

/** Exponent of 2^63. */
const EXPONENT_63 = BIAS + 63;

/** A signed 64-bit integer as a register holds it; exact. */
export const fromInteger = (c: Code, value: Val): Encoded => {
  const w = wide(c);
  const negative = w.ltS(value, 0);
  const magnitude = w.select(negative, w.sub(0, value), value);
  const leading = w.clz(magnitude);
  const exponent = c.select(w.isZero(magnitude), c.const(0), c.sub(EXPONENT_63, c.wrap(leading)));
  return {
    significand: w.shl(magnitude, leading),
    signExponent: c.keep(c.or(exponent, c.shl(negative, 15))),
  };
};

/** The magnitude of a number below 2^64 rounded to an integer (0 after a carry out), and PE and C1 as they follow. */
const roundInteger = (c: Code, a: Unpacked): { magnitude: Val; flags: Val } => {
  const w = wide(c);
  const control = c.keep(c.load(STATE.fpuControl));
  const shift = c.keep(c.sub(EXPONENT_63, a.exponent));
  const { high, low } = shiftRightJam(c, { high: a.significand, low: w.const(0n) }, w.fromU32(shift));
  const up = c.keep(roundsUp(c, control, a.sign, low, w.toI32(w.and(high, 1))));
  const inexact = c.select(w.isNonzero(low), c.const(EXCEPTION.PE), c.const(0));
  return {
    magnitude: w.add(high, w.fromU32(up)),
    flags: c.keep(c.or(inexact, c.select(up, c.const(STATUS.C1), c.const(0)))),
  };
};

/** (value) → delivered. FILD: pushes a signed integer. */
export const defineLoadInteger = (builder: ModuleBuilder, stack: Stack): Callee =>
  builder.define('x87_load_integer', ['i64'], 'i32', (c, value) => {
    const { significand, signExponent } = fromInteger(c, c.get(value));
    return c.call(stack.push, significand, signExponent);
  });

/** (a, a', bits) → delivered. Leaves a rounded to an integer of that many bits at RESULT, 64 bits. */
export const defineToInteger = (builder: ModuleBuilder, exceptions: Exceptions): Callee =>
  builder.define('x87_to_integer', ['i64', 'i32', 'i32'], 'i32', (c, sig, se, bits) => {
    const w = wide(c);
    clearC1(c);
    const put = (value: Val): void => c.storeAs('i64', RESULT, value);
    const limit = w.shl(w.const(1n), w.fromU32(c.sub(c.get(bits), 1)));
    const indefinite = (): void => {
      c.if(c.call(exceptions.raise, EXCEPTION.IE), () => c.return(c.const(0)));
      put(w.sub(0, limit));
      c.return(c.const(1));
    };
    const value = encoded(c, sig, se);
    const kind = classify(c, value.significand, value.signExponent);
    // NaNs and infinities are among the exponents that are too large.
    c.if(c.or(kind.unsupported, c.gtU(kind.exponent, EXPONENT_63)), indefinite);
    const a = unpack(c, value);
    const { magnitude, flags } = roundInteger(c, {
      ...a,
      exponent: c.keep(c.select(a.zero, c.const(0), a.exponent)),
    });
    const most = w.sub(limit, w.fromU32(c.eqz(a.sign)));
    c.if(w.gtU(magnitude, most), indefinite);
    put(w.select(a.sign, w.sub(0, magnitude), magnitude));
    c.call(exceptions.raise, flags);
    return c.const(1);
  });

/** (bits) → delivered. FIST m16, m32, m64: leaves the rounded ST(0) at RESULT, 64 bits; no pop. */
export const defineStoreInteger = (builder: ModuleBuilder, exceptions: Exceptions, toInteger: Callee): Callee =>
  builder.define('x87_store_integer', ['i32'], 'i32', (c, bits) => {
    const source = slot(c, 0);
    c.if(isEmpty(c, source), () => {
      c.if(c.call(exceptions.raise, STACK_UNDERFLOW), () => c.return(c.const(0)));
      c.storeAs('i64', RESULT, c.op2('i64', 'shl', c.const64(-1n), c.extend64U(c.sub(c.get(bits), 1))));
      c.return(c.const(1));
    });
    const { significand, signExponent } = readSlot(c, source);
    return c.call(toInteger, significand, signExponent, c.get(bits));
  });

/** (at, a, a') → delivered: writes a rounded to an integer to the register at host address `at`. */
export const defineRoundToInteger = (builder: ModuleBuilder, exceptions: Exceptions): Callee =>
  builder.define('x87_round_to_integer', ['i32', 'i64', 'i32'], 'i32', (c, at, sig, se) => {
    const w = wide(c);
    const operand = encoded(c, sig, se);
    const op = beginGeneral(c, exceptions, c.get(at), operand, operand);
    const { a } = op;
    op.denormal();
    c.if(c.or(a.zero, c.geS(a.exponent, EXPONENT_63)), () => op.deliver(operand.significand, operand.signExponent));
    const { magnitude, flags } = roundInteger(c, a);
    const { significand, signExponent } = fromInteger(c, magnitude);
    c.if(
      w.isZero(magnitude),
      () => writeRegister(c, op.at, c.const64(0n), a.sign),
      () => writeRegister(c, op.at, significand, c.or(c.and(signExponent, ~SIGN), a.sign)),
    );
    c.call(exceptions.raise, flags);
    return c.const(1);
  });

/** The same as `callee` does, truncated whatever rounding is in force. FISTTP. */
export const defineTruncated = (builder: ModuleBuilder, name: string, callee: Callee): Callee =>
  builder.define(name, callee.params, 'i32', (c, ...p) => {
    const control = c.keep(c.load(STATE.fpuControl));
    c.store(STATE.fpuControl, c.or(control, RC));
    const delivered = c.call(callee, ...p.map((local) => c.get(local)));
    c.store(STATE.fpuControl, control);
    return delivered;
  });
