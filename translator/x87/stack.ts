/** The register stack: addresses, tags, push and pop, and the responses to stack faults. SDM vol. 1, 8.1.2, 8.5.1.1. */
import { STATE } from '../layout.ts';
import type { Callee, Code, Operand, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { type Exceptions, writeRegister } from './exceptions.ts';
import { type Encoded, encoded } from './unpack.ts';
import {
  INDEFINITE_EXPONENT,
  INDEFINITE_SIGNIFICAND,
  STACK_OVERFLOW,
  STACK_UNDERFLOW,
  STATUS,
  TOP_SHIFT,
} from './words.ts';

const REGISTER_SHIFT = 4;
/** Both bits of register 0 in the tag word. */
const EMPTY = 3;

/** One register of the stack: its physical number and its host address. */
export interface Slot {
  readonly physical: Val;
  readonly at: Val;
}

/** The status and tag words, read once for what follows until one of them is written. */
export interface Words {
  readonly status: Val;
  readonly tag: Val;
}
export const readWords = (c: Code): Words => ({
  status: c.keep(c.load(STATE.fpuStatus)),
  tag: c.keep(c.load(STATE.fpuTag)),
});

/** ST(index); −1 is where a push goes. */
export const slot = (c: Code, index: Operand, status: Val = c.load(STATE.fpuStatus)): Slot => {
  const physical = c.keep(c.and(c.add(c.shrU(status, TOP_SHIFT), index), 7));
  return { physical, at: c.keep(c.add(c.shl(physical, REGISTER_SHIFT), STATE.fpu)) };
};

export const isEmpty = (c: Code, { physical }: Slot, tag: Val = c.load(STATE.fpuTag)): Val =>
  c.keep(c.eq(c.and(c.shrU(tag, c.shl(physical, 1)), EMPTY), EMPTY));

export const readSlot = (c: Code, { at }: Slot): Encoded => ({
  significand: c.keep(c.loadAs('i64', at)),
  signExponent: c.keep(c.load(at, 16, 8)),
});

const tagBits = (c: Code, { physical }: Slot): Val => c.shl(EMPTY, c.shl(physical, 1));

export const markFull = (c: Code, where: Slot): void =>
  c.store(STATE.fpuTag, c.and(c.load(STATE.fpuTag), c.xor(tagBits(c, where), -1)));
export const markEmpty = (c: Code, where: Slot): void =>
  c.store(STATE.fpuTag, c.or(c.load(STATE.fpuTag), tagBits(c, where)));

/** A status word with TOP + by, modulo 8, and without the other bits of `cleared`. */
const withTop = (c: Code, status: Val, by: Operand, cleared: number): Val =>
  c.or(c.and(status, ~cleared), c.and(c.add(status, c.shl(by, TOP_SHIFT)), STATUS.TOP));

/** TOP := TOP + by; condition codes and flags stay. */
export const moveTop = (c: Code, by: Operand): void =>
  c.store(STATE.fpuStatus, withTop(c, c.keep(c.load(STATE.fpuStatus)), by, STATUS.TOP));

/** The top becomes empty, and TOP one more. */
export const popSlot = (c: Code): void => {
  const { status, tag } = readWords(c);
  const old = slot(c, 0, status);
  c.store(STATE.fpuTag, c.or(tag, tagBits(c, old)));
  c.store(STATE.fpuStatus, withTop(c, status, 1, STATUS.TOP));
};

/** Pushes a value where there is room, which `words` and `target` = slot(−1) say; clears C1. */
export const pushSlot = (c: Code, { status, tag }: Words, target: Slot, value: Encoded): void => {
  c.store(STATE.fpuStatus, withTop(c, status, -1, STATUS.TOP | STATUS.C1));
  c.store(STATE.fpuTag, c.and(tag, c.xor(tagBits(c, target), -1)));
  writeRegister(c, target.at, value.significand, value.signExponent);
};

export interface Stack {
  /** (physical) → delivered. An operand is missing: the indefinite goes to register `physical` if masked. */
  readonly underflow: Callee;
  /** (significand, sign and exponent) → delivered. Pushes, with stack overflow. */
  readonly push: Callee;
  /** (). Pops; nothing is checked. */
  readonly pop: Callee;
}

/** Pushes a value where the stack may be full; gives 1 if something was pushed. */
const definePush = (builder: ModuleBuilder, { raise }: Exceptions): Callee =>
  builder.define('x87_push', ['i64', 'i32'], 'i32', (c, significand, signExponent) => {
    const words = readWords(c);
    const target = slot(c, -1, words.status);
    c.if(
      isEmpty(c, target, words.tag),
      () => pushSlot(c, words, target, encoded(c, significand, signExponent)),
      () => {
        c.if(c.call(raise, STACK_OVERFLOW), () => c.return(c.const(0)));
        moveTop(c, -1);
        writeRegister(c, target.at, c.const64(INDEFINITE_SIGNIFICAND), INDEFINITE_EXPONENT);
      },
    );
    return c.const(1);
  });

const defineUnderflow = (builder: ModuleBuilder, { raise }: Exceptions): Callee =>
  builder.define('x87_underflow', ['i32'], 'i32', (c, physical) => {
    c.if(c.call(raise, STACK_UNDERFLOW), () => c.return(c.const(0)));
    const target: Slot = {
      physical: c.get(physical),
      at: c.keep(c.add(c.shl(c.get(physical), REGISTER_SHIFT), STATE.fpu)),
    };
    markFull(c, target);
    writeRegister(c, target.at, c.const64(INDEFINITE_SIGNIFICAND), INDEFINITE_EXPONENT);
    return c.const(1);
  });

export const defineStack = (builder: ModuleBuilder, exceptions: Exceptions): Stack => ({
  underflow: defineUnderflow(builder, exceptions),
  push: definePush(builder, exceptions),
  pop: builder.define('x87_pop', [], undefined, (c) => popSlot(c)),
});
