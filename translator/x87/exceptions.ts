/** Exceptions: flags, the summary bit, and what the masked responses deliver. SDM vol. 1, 8.4-8.5. */
import { STATE } from '../layout.ts';
import type { Callee, Code, Operand, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { wide } from './wide.ts';
import {
  EXCEPTION,
  EXCEPTIONS,
  EXPONENT,
  INDEFINITE_EXPONENT,
  INDEFINITE_SIGNIFICAND,
  QUIET_BIT,
  STATUS,
  SUPPRESSING,
} from './words.ts';

export interface Exceptions {
  /**
   * (flags) → suppressed. Sets flags (and C1, which is otherwise cleared) in the status word, ES and B where one of
   * them is unmasked. The result is non-zero when an unmasked exception forbids delivering a result.
   */
  readonly raise: Callee;
  /** (at) → delivered. Invalid operation: writes the indefinite QNaN to the register at host address `at` if masked. */
  readonly invalid: Callee;
  /**
   * (at, a, a', b, b') → delivered, or −1 when neither operand is a NaN or an unsupported encoding. Delivers what
   * SDM vol. 1, table 4-7 says. An operation of one operand passes it twice.
   */
  readonly nan: Callee;
  /** (a, a', b, b') → suppressed. Raises DE when one of two numbers is denormal. */
  readonly denormal: Callee;
}

/** Writes a register: significand, and sign with exponent, at host address `at`. */
export const writeRegister = (c: Code, at: Val, significand: Operand, exponent: Operand): void => {
  const e = c.keep(exponent);
  c.storeAs('i64', at, significand);
  c.store(at, e, 16, 8);
};

export const clearC1 = (c: Code): void => c.store(STATE.fpuStatus, c.and(c.load(STATE.fpuStatus), ~STATUS.C1));

const defineRaise = (builder: ModuleBuilder): Callee =>
  builder.define('x87_raise', ['i32'], 'i32', (c, flags) => {
    const f = c.get(flags);
    const unmasked = c.keep(c.and(c.and(f, c.xor(c.load(STATE.fpuControl), -1)), EXCEPTIONS));
    const status = c.or(c.and(c.load(STATE.fpuStatus), ~STATUS.C1), f);
    c.store(STATE.fpuStatus, c.or(status, c.select(unmasked, c.const(STATUS.ES | STATUS.B), c.const(0))));
    return c.and(unmasked, SUPPRESSING);
  });

const defineInvalid = (builder: ModuleBuilder, raise: Callee): Callee =>
  builder.define('x87_invalid', ['i32'], 'i32', (c, at) => {
    c.if(c.call(raise, EXCEPTION.IE), () => c.return(c.const(0)));
    writeRegister(c, c.get(at), c.const64(INDEFINITE_SIGNIFICAND), INDEFINITE_EXPONENT);
    return c.const(1);
  });

/** The predicates of one operand. */
export const classify = (c: Code, significand: Val, signExponent: Val) => {
  const w = wide(c);
  const exponent = c.keep(c.and(signExponent, EXPONENT));
  const nan = c.keep(c.and(c.eq(exponent, EXPONENT), w.isNonzero(w.shl(significand, 1))));
  return {
    exponent,
    nan,
    signaling: c.keep(c.and(nan, w.isZero(w.and(significand, c.const64(QUIET_BIT))))),
    /** Unnormals, pseudo-infinities and pseudo-NaNs: integer bit clear with an exponent. SDM vol. 1, 8.2.2. */
    unsupported: c.keep(c.and(c.ne(exponent, 0), w.geS(significand, 0))),
    denormal: c.keep(c.and(c.eqz(exponent), w.isNonzero(significand))),
  };
};

const defineNan = (builder: ModuleBuilder, raise: Callee, invalid: Callee): Callee =>
  builder.define('x87_nan', ['i32', 'i64', 'i32', 'i64', 'i32'], 'i32', (c, at, aSig, aSe, bSig, bSe) => {
    const w = wide(c);
    const [a, b] = [c.get(aSig), c.get(bSig)];
    const ca = classify(c, a, c.get(aSe));
    const cb = classify(c, b, c.get(bSe));
    c.if(c.or(ca.unsupported, cb.unsupported), () => c.return(c.call(invalid, c.get(at))));
    c.if(c.eqz(c.or(ca.nan, cb.nan)), () => c.return(c.const(-1)));
    c.if(c.or(ca.signaling, cb.signaling), () => {
      c.if(c.call(raise, EXCEPTION.IE), () => c.return(c.const(0)));
    });
    const larger = c.keep(c.or(w.gtU(a, b), c.and(w.eq(a, b), c.leU(c.get(aSe), c.get(bSe)))));
    // Of two NaNs the quiet one, else the one with the larger significand.
    const ofTwo = c.keep(c.select(c.eq(ca.signaling, cb.signaling), larger, cb.signaling));
    const takeA = c.keep(c.select(c.and(ca.nan, cb.nan), ofTwo, ca.nan));
    const significand = w.or(w.select(takeA, a, b), c.const64(QUIET_BIT));
    writeRegister(c, c.get(at), significand, c.select(takeA, c.get(aSe), c.get(bSe)));
    return c.const(1);
  });

const defineDenormal = (builder: ModuleBuilder, raise: Callee): Callee =>
  builder.define('x87_denormal', ['i64', 'i32', 'i64', 'i32'], 'i32', (c, aSig, aSe, bSig, bSe) => {
    const a = classify(c, c.get(aSig), c.get(aSe));
    const b = classify(c, c.get(bSig), c.get(bSe));
    c.if(c.or(a.denormal, b.denormal), () => c.return(c.call(raise, EXCEPTION.DE)));
    return c.const(0);
  });

export const defineExceptions = (builder: ModuleBuilder): Exceptions => {
  const raise = defineRaise(builder);
  const invalid = defineInvalid(builder, raise);
  return { raise, invalid, nan: defineNan(builder, raise, invalid), denormal: defineDenormal(builder, raise) };
};
