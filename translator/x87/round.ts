/**
 * Rounding to the precision in force and packing into a register, with overflow, underflow and inexact results.
 * Tininess is detected after rounding. SDM vol. 1, 4.8.4, 4.9.1 and 8.5.4-8.5.6.
 */
import { STATE } from '../layout.ts';
import type { Callee, Code, Local, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { type Exceptions, writeRegister } from './exceptions.ts';
import { type Encoded, OPERATION_PARAMS } from './unpack.ts';
import { type Pair, shiftRightJam, variable, wide } from './wide.ts';
import {
  C1_SHIFT,
  CONTROL_FAST,
  CONTROL_FAST_MASK,
  EXCEPTION,
  EXPONENT,
  EXPONENT_MAX,
  INTEGER_BIT,
  PC,
  PC_SHIFT,
  RC,
  RC_SHIFT,
  ROUND_DOWN,
  ROUND_UP,
  STATUS,
  WRAP,
} from './words.ts';

/** 1 when a magnitude with `dropped` bits below it (bit 63: one half) and lowest bit `odd` is rounded away from zero. */
export const roundsUp = (c: Code, control: Val, sign: Val, dropped: Val, odd: Val): Val => {
  const w = wide(c);
  return c.ifValue(
    'i32',
    c.and(control, RC),
    () => {
      const mode = c.keep(c.and(c.shrU(control, RC_SHIFT), 3));
      const away = c.select(sign, c.eq(mode, ROUND_DOWN), c.eq(mode, ROUND_UP));
      return c.and(away, w.isNonzero(dropped));
    },
    () => nearestUp(c, dropped, odd),
  );
};

/** The same, to nearest or even. */
const nearestUp = (c: Code, dropped: Val, odd: Val): Val => {
  const w = wide(c);
  return c.keep(c.and(w.topBit(dropped), c.or(w.isNonzero(w.shl(dropped, 1)), odd)));
};

/** True where the control word asks for what the fast paths do. */
export const fastControl = (c: Code): Val => c.eq(c.and(c.load(STATE.fpuControl), CONTROL_FAST_MASK), CONTROL_FAST);

/** A magnitude rounded to nearest or even: `dropped` are the next 64 bits; 1 in `up` where it became larger. */
export const nearest = (c: Code, kept: Val, dropped: Val): { rounded: Val; up: Val } => {
  const w = wide(c);
  // A tie leaves the last bit clear.
  const last = w.select(w.eq(dropped, c.const64(INTEGER_BIT)), c.const64(-2n), c.const64(-1n));
  const rounded = w.and(w.add(kept, w.shrU(dropped, 63)), last);
  return { rounded, up: w.and(w.xor(rounded, kept), 1) };
};

/** What the usual way of an operation makes: a normal number, the bits that it lost, and C1; all 64 bits. */
export interface Usual extends Encoded {
  /** Non-zero for an inexact result. */
  readonly lost: Val;
  readonly up: Val;
}

/** The same condition, marked as one that seldom holds: see wasm/branch-hints.ts. */
export const seldom = (c: Code, condition: Val): Val => c.and(condition, -1);
/** Leaves for `label` if the condition holds, which is unlikely. */
export const unlikely = (c: Code, label: string, condition: Val): void => c.break(label, seldom(c, condition));

/** Leaves for `label` unless an operand is a normal number. */
export const leaveUnlessNormal = (c: Code, label: string, { significand, signExponent }: Encoded): void => {
  unlikely(c, label, wide(c).geS(significand, 0));
  unlikely(c, label, c.eqz(c.and(c.add(signExponent, 1), EXPONENT - 1)));
};

/**
 * Ends a usual way: rounds `value` (normalized) to nearest and 64 bits. Jumps to `slow` unless the result is surely
 * a normal number.
 */
export const finishUsual = (c: Code, slow: string, sign: Val, exponent: Val, value: Pair): Usual => {
  const w = wide(c);
  const { rounded, up } = nearest(c, value.high, value.low);
  unlikely(c, slow, c.geU(c.sub(exponent, 1), EXPONENT_MAX - 1));
  // A carry out has left 0.
  unlikely(c, slow, w.isZero(rounded));
  return { significand: rounded, signExponent: c.keep(c.or(sign, exponent)), lost: value.low, up };
};

/** Writes what a usual way has made to the register at `at`, and the flags. */
export const writeUsual = (c: Code, at: Val, { significand, signExponent, lost, up }: Usual): void => {
  const w = wide(c);
  const inexact = c.select(w.isNonzero(lost), c.const(EXCEPTION.PE), c.const(0));
  const flags = c.or(inexact, c.shl(w.toI32(up), C1_SHIFT));
  c.store(STATE.fpuStatus, c.or(c.and(c.load(STATE.fpuStatus), ~STATUS.C1), flags));
  writeRegister(c, at, significand, signExponent);
};

/**
 * An operation of two operands, (at, a, a', b, b') → delivered: the usual way where the control word and the operands
 * allow it, everything else in `general`, which takes `more` besides.
 */
export const defineOperation = (
  builder: ModuleBuilder,
  name: string,
  usual: (c: Code, slow: string, a: Encoded, b: Encoded) => Usual,
  general: Callee,
  ...more: number[]
): Callee =>
  builder.define(name, OPERATION_PARAMS, 'i32', (c, ...p) => {
    const [at, ...operands] = p.map((local) => c.get(local)) as [Val, Val, Val, Val, Val];
    const [aSig, aSe, bSig, bSe] = operands;
    const [a, b] = [
      { significand: aSig, signExponent: aSe },
      { significand: bSig, signExponent: bSe },
    ];
    const slow = c.label('slow');
    c.block(slow, () => {
      c.break(slow, c.eqz(fastControl(c)));
      for (const one of [a, b]) leaveUnlessNormal(c, slow, one);
      writeUsual(c, at, usual(c, slow, a, b));
      c.return(c.const(1));
    });
    return c.call(general, at, ...operands, ...more);
  });

/** Bits of a 64-bit significand that the precision in force drops: 0, 11 or 40. */
const droppedBits = (c: Code, control: Val): Val => {
  const precision = c.keep(c.and(c.shrU(control, PC_SHIFT), PC >> PC_SHIFT));
  return c.keep(c.select(precision, c.select(c.eq(precision, 2), c.const(11), c.const(0)), c.const(40)));
};

/** What rounding made of a magnitude; locals, because branches set them. */
export interface Rounded {
  /** Biased; 0 for denormal results. Above `maximum` only after an unmasked overflow. */
  readonly exponent: Local;
  readonly significand: Local;
  /** Exceptions, and C1. */
  readonly flags: Local;
}

/** A result before rounding: (−1)^sign · value.high · 2^(exponent − bias − 63); value.low holds the bits below. */
export interface Unrounded {
  readonly sign: Val;
  readonly exponent: Val;
  readonly value: Pair;
}

/**
 * Rounds to 64 − `bits` bits. `maximum` is the largest exponent of a finite result. Unmasked overflows and underflows
 * move the exponent by `wrap`, or deliver the masked result where that is not enough to bring it back into range.
 */
export const roundTo = (
  c: Code,
  control: Val,
  { sign, exponent: exponentBefore, value }: Unrounded,
  bits: Val,
  maximum: number,
  wrap: number,
): Rounded => {
  const w = wide(c);
  const unit = w.shl(w.const(1n), bits);
  const mask = w.sub(unit, 1);
  const ones = w.const(-1n);

  /** What the precision keeps of a significand, and all that is dropped. */
  const split = (v: Pair): Pair => {
    const cut = w.shl(w.shl(w.and(v.high, mask), 1), w.sub(63, w.fromU32(bits)));
    const below = w.select(bits, w.fromU32(w.isNonzero(v.low)), v.low);
    return { high: w.and(v.high, w.xor(mask, ones)), low: w.or(cut, below) };
  };
  const increment = (v: Pair): Val => c.keep(roundsUp(c, control, sign, v.low, w.isNonzero(w.and(v.high, unit))));

  const first = split(value);
  const firstUp = increment(first);
  const exponent = variable(c, exponentBefore);
  const significand = variable(c, first.high);
  const dropped = variable(c, first.low);
  const up = variable(c, firstUp);
  const flags = variable(c, c.const(0));
  const denormal = variable(c, c.const(0));

  c.if(c.leS(c.get(exponent), 0), () => {
    const carries = c.and(firstUp, w.isZero(w.add(first.high, unit)));
    const tiny = c.keep(c.or(c.ltS(c.get(exponent), 0), c.eqz(carries)));
    const unmasked = c.and(c.eqz(c.and(control, EXCEPTION.UE)), c.gtS(c.get(exponent), -wrap));
    c.if(
      c.and(tiny, unmasked),
      () => {
        c.set(flags, EXCEPTION.UE);
        c.set(exponent, c.add(c.get(exponent), wrap));
      },
      () => {
        const shifted = split(shiftRightJam(c, value, w.fromU32(c.sub(1, c.get(exponent)))));
        const shiftedUp = increment(shifted);
        c.set(significand, shifted.high);
        c.set(dropped, shifted.low);
        c.set(up, shiftedUp);
        c.set(denormal, 1);
        c.set(exponent, 0);
        const reported = c.or(w.isNonzero(shifted.low), c.eqz(c.and(control, EXCEPTION.UE)));
        c.if(c.and(tiny, reported), () => c.set(flags, EXCEPTION.UE));
      },
    );
  });

  c.if(w.isNonzero(c.get(dropped)), () => c.set(flags, c.or(c.get(flags), EXCEPTION.PE)));
  c.if(c.get(up), () => {
    c.set(flags, c.or(c.get(flags), STATUS.C1));
    c.set(significand, w.add(c.get(significand), unit));
  });
  c.if(
    c.get(denormal),
    // Still without integer bit, or rounded up to the smallest normal number.
    () => c.set(exponent, w.topBit(c.get(significand))),
    () => {
      c.if(w.isZero(c.get(significand)), () => {
        c.set(significand, c.const64(INTEGER_BIT));
        c.set(exponent, c.add(c.get(exponent), 1));
      });
    },
  );

  c.if(c.gtS(c.get(exponent), maximum), () => {
    const masked = c.or(c.and(control, EXCEPTION.OE), c.gtS(c.get(exponent), maximum + wrap));
    c.if(
      masked,
      () => {
        const away = roundsUp(c, control, sign, ones, c.const(1));
        c.set(significand, w.select(away, c.const64(INTEGER_BIT), w.xor(mask, ones)));
        c.set(exponent, c.select(away, c.const(maximum + 1), c.const(maximum)));
        const inexact = c.const(EXCEPTION.OE | EXCEPTION.PE);
        c.set(flags, c.select(away, c.or(inexact, STATUS.C1), inexact));
      },
      () => {
        c.set(flags, c.or(c.get(flags), EXCEPTION.OE));
        c.set(exponent, c.sub(c.get(exponent), wrap));
      },
    );
  });
  return { exponent, significand, flags };
};

/**
 * (at, sign, exponent, significand, dropped, control): rounds significand (bit 63 set) · 2^(exponent − BIAS − 63),
 * with `dropped` the next 64 bits (the last one sticky), and writes the register at host address `at`. `sign` is
 * 0 or SIGN; `exponent` any number; `control` the control word, with PC_EXTENDED where precision control has no say.
 */
export const defineRound = (builder: ModuleBuilder, { raise }: Exceptions): Callee =>
  builder.define('x87_round', ['i32', 'i32', 'i32', 'i64', 'i64', 'i32'], undefined, (c, ...p) => {
    const [at, sign, exponent, high, low, control] = p.map((local) => c.get(local)) as [Val, Val, Val, Val, Val, Val];
    const bits = droppedBits(c, control);
    const rounded = roundTo(c, control, { sign, exponent, value: { high, low } }, bits, EXPONENT_MAX, WRAP);
    writeRegister(c, at, c.get(rounded.significand), c.or(sign, c.get(rounded.exponent)));
    c.call(raise, c.get(rounded.flags));
  });
