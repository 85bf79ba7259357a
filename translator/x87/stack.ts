/** The register stack: addresses, tags, push and pop, and the responses to stack faults. SDM vol. 1, 8.1.2, 8.5.1.1. */
import { STATE } from '../layout.ts';
import type { Callee, Code, ModuleBuilder, Operand, Val } from '../wasm/code.ts';
import { clearC1, type Exceptions, writeRegister } from './exceptions.ts';
import type { Encoded } from './unpack.ts';
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

/** ST(index); −1 is where a push goes. */
export const slot = (c: Code, index: Operand): Slot => {
  const physical = c.keep(c.and(c.add(c.shrU(c.load(STATE.fpuStatus), TOP_SHIFT), index), 7));
  return { physical, at: c.keep(c.add(c.shl(physical, REGISTER_SHIFT), STATE.fpu)) };
};

export const isEmpty = (c: Code, { physical }: Slot): Val =>
  c.keep(c.eq(c.and(c.shrU(c.load(STATE.fpuTag), c.shl(physical, 1)), EMPTY), EMPTY));

export const readSlot = (c: Code, { at }: Slot): Encoded => ({
  significand: c.keep(c.loadAs('i64', at)),
  signExponent: c.keep(c.load(at, 16, 8)),
});

const tagBits = (c: Code, { physical }: Slot): Val => c.shl(EMPTY, c.shl(physical, 1));

export const markFull = (c: Code, where: Slot): void =>
  c.store(STATE.fpuTag, c.and(c.load(STATE.fpuTag), c.xor(tagBits(c, where), -1)));
export const markEmpty = (c: Code, where: Slot): void =>
  c.store(STATE.fpuTag, c.or(c.load(STATE.fpuTag), tagBits(c, where)));

/** TOP := TOP + by, modulo 8; condition codes and flags stay. */
export const moveTop = (c: Code, by: Operand): void => {
  const status = c.keep(c.load(STATE.fpuStatus));
  const top = c.and(c.add(status, c.shl(by, TOP_SHIFT)), STATUS.TOP);
  c.store(STATE.fpuStatus, c.or(c.and(status, ~STATUS.TOP), top));
};

/** The top becomes empty, and TOP one more. */
export const popSlot = (c: Code): void => {
  markEmpty(c, slot(c, 0));
  moveTop(c, 1);
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
    const target = slot(c, -1);
    c.if(
      isEmpty(c, target),
      () => {
        clearC1(c);
        moveTop(c, -1);
        markFull(c, target);
        writeRegister(c, target.at, c.get(significand), c.get(signExponent));
      },
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
