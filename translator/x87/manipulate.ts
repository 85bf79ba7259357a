/** Registers moved, exchanged, given other signs and classified. SDM vol. 2, FLD ST(i), FST, FXCH, FCMOV, FCHS, FXAM. */
import { STATE } from '../layout.ts';
import type { Callee, Code } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { classify, clearC1, type Exceptions, writeRegister } from './exceptions.ts';
import {
  isEmpty,
  markEmpty,
  markFull,
  moveTop,
  popSlot,
  pushSlot,
  readSlot,
  readWords,
  type Slot,
  type Stack,
  slot,
} from './stack.ts';
import { wide } from './wide.ts';
import {
  CONDITION,
  EXPONENT,
  INDEFINITE_EXPONENT,
  INDEFINITE_SIGNIFICAND,
  RC,
  RC_SHIFT,
  RESULT,
  ROUND_UP,
  SIGN,
  STACK_UNDERFLOW,
  STATUS,
} from './words.ts';

const returnIf = (c: Code, exceptions: Exceptions, flags: number): void =>
  c.if(c.call(exceptions.raise, flags), () => c.return(c.const(0)));

const indefinite = (c: Code, where: Slot): void =>
  writeRegister(c, where.at, c.const64(INDEFINITE_SIGNIFICAND), INDEFINITE_EXPONENT);

/** (index) → delivered. FLD ST(index). */
const defineLoadRegister = (builder: ModuleBuilder, exceptions: Exceptions, stack: Stack): Callee =>
  builder.define('x87_load_register', ['i32'], 'i32', (c, index) => {
    const words = readWords(c);
    const source = slot(c, c.get(index), words.status);
    const value = readSlot(c, source);
    const target = slot(c, -1, words.status);
    c.if(c.eqz(c.or(isEmpty(c, source, words.tag), c.eqz(isEmpty(c, target, words.tag)))), () => {
      pushSlot(c, words, target, value);
      c.return(c.const(1));
    });
    // A full stack has no empty source, so the two faults exclude each other.
    c.if(isEmpty(c, source), () => {
      returnIf(c, exceptions, STACK_UNDERFLOW);
      moveTop(c, -1);
      markFull(c, target);
      indefinite(c, target);
      c.return(c.const(1));
    });
    return c.call(stack.push, value.significand, value.signExponent);
  });

/** FST, FSTP, and FSTP that takes an empty ST(0) as it is: it only pops then. */
export const STORE = { keep: 0, pop: 1, popUnchecked: 2 } as const;

/** (index, one of STORE) → delivered. FST ST(index), FSTP ST(index). */
const defineStoreRegister = (builder: ModuleBuilder, stack: Stack): Callee =>
  builder.define('x87_store_register', ['i32', 'i32'], 'i32', (c, index, pop) => {
    const { status, tag } = readWords(c);
    const [source, target] = [slot(c, 0, status), slot(c, c.get(index), status)];
    c.if(
      isEmpty(c, source, tag),
      () => {
        c.if(
          c.eq(c.get(pop), STORE.popUnchecked),
          () => clearC1(c),
          () => c.if(c.eqz(c.call(stack.underflow, target.physical)), () => c.return(c.const(0))),
        );
      },
      () => {
        clearC1(c);
        const { significand, signExponent } = readSlot(c, source);
        writeRegister(c, target.at, significand, signExponent);
        markFull(c, target);
      },
    );
    c.if(c.get(pop), () => popSlot(c));
    return c.const(1);
  });

/** () → delivered. FSTP m80: leaves ST(0) at RESULT, 10 bytes; no pop. */
const defineStoreExtended = (builder: ModuleBuilder, exceptions: Exceptions): Callee =>
  builder.define('x87_store_extended', [], 'i32', (c) => {
    const source = slot(c, 0);
    c.if(
      isEmpty(c, source),
      () => {
        returnIf(c, exceptions, STACK_UNDERFLOW);
        writeRegister(c, c.const(RESULT), c.const64(INDEFINITE_SIGNIFICAND), INDEFINITE_EXPONENT);
      },
      () => {
        clearC1(c);
        const { significand, signExponent } = readSlot(c, source);
        writeRegister(c, c.const(RESULT), significand, signExponent);
      },
    );
    return c.const(1);
  });

/** (index) → delivered. FXCH ST(index). */
const defineExchange = (builder: ModuleBuilder, exceptions: Exceptions): Callee =>
  builder.define('x87_exchange', ['i32'], 'i32', (c, index) => {
    const [x, y] = [slot(c, 0), slot(c, c.get(index))];
    const [xEmpty, yEmpty] = [isEmpty(c, x), isEmpty(c, y)];
    c.if(
      c.or(xEmpty, yEmpty),
      () => {
        returnIf(c, exceptions, STACK_UNDERFLOW);
        for (const [where, empty] of [
          [x, xEmpty],
          [y, yEmpty],
        ] as const) {
          c.if(empty, () => indefinite(c, where));
          markFull(c, where);
        }
      },
      () => clearC1(c),
    );
    const [p, q] = [readSlot(c, x), readSlot(c, y)];
    writeRegister(c, x.at, q.significand, q.signExponent);
    writeRegister(c, y.at, p.significand, p.signExponent);
    return c.const(1);
  });

/** (index, condition) → delivered. FCMOVcc: ST(0) := ST(index) where the condition holds. C1 stays. */
const defineMoveIf = (builder: ModuleBuilder, stack: Stack): Callee =>
  builder.define('x87_move_if', ['i32', 'i32'], 'i32', (c, index, condition) => {
    const [x, y] = [slot(c, 0), slot(c, c.get(index))];
    c.if(c.or(isEmpty(c, x), isEmpty(c, y)), () => c.return(c.call(stack.underflow, x.physical)));
    c.if(c.get(condition), () => {
      const { significand, signExponent } = readSlot(c, y);
      writeRegister(c, x.at, significand, signExponent);
    });
    return c.const(1);
  });

/** (keep, flip) → delivered. The sign bit of ST(0) := sign & keep ^ flip: FABS (0, 0), FCHS (SIGN, SIGN). */
const defineSign = (builder: ModuleBuilder, stack: Stack): Callee =>
  builder.define('x87_sign', ['i32', 'i32'], 'i32', (c, keep, flip) => {
    const top = slot(c, 0);
    c.if(isEmpty(c, top), () => c.return(c.call(stack.underflow, top.physical)));
    clearC1(c);
    const kept = c.and(c.load(top.at, 16, 8), c.or(c.get(keep), EXPONENT));
    c.store(top.at, c.xor(kept, c.get(flip)), 16, 8);
    return c.const(1);
  });

/** (significand, sign and exponent, up) → delivered. Pushes a constant, rounded down; `up` where nearest is above. */
const defineConstant = (builder: ModuleBuilder, stack: Stack): Callee =>
  builder.define('x87_constant', ['i64', 'i32', 'i32'], 'i32', (c, significand, exponent, up) => {
    const w = wide(c);
    const mode = c.keep(c.and(c.shrU(c.load(STATE.fpuControl), RC_SHIFT), RC >> RC_SHIFT));
    const more = c.select(mode, c.eq(mode, ROUND_UP), c.get(up));
    return c.call(stack.push, w.add(c.get(significand), w.fromU32(more)), c.get(exponent));
  });

/** (). FXAM: C3, C2, C0 the class of ST(0), C1 its sign. */
const defineExamine = (builder: ModuleBuilder): Callee =>
  builder.define('x87_examine', [], undefined, (c) => {
    const w = wide(c);
    const { C0, C1, C2, C3 } = STATUS;
    const top = slot(c, 0);
    const { significand, signExponent } = readSlot(c, top);
    const kind = classify(c, significand, signExponent);
    const special = c.eq(kind.exponent, EXPONENT);
    const finite = c.select(special, c.const(C2 | C0), c.const(C2));
    const small = c.select(w.isZero(significand), c.const(C3), c.const(C3 | C2));
    const number = c.select(kind.exponent, finite, small);
    const supported = c.select(kind.nan, c.const(C0), number);
    const filled = c.keep(c.select(kind.unsupported, c.const(0), supported));
    const condition = c.keep(c.select(isEmpty(c, top), c.const(C3 | C0), filled));
    const sign = c.select(c.and(signExponent, SIGN), c.const(C1), c.const(0));
    const status = c.and(c.load(STATE.fpuStatus), ~(CONDITION | C1));
    c.store(STATE.fpuStatus, c.or(status, c.or(condition, sign)));
  });

/** (index, pop). FFREE, FFREEP. */
const defineFree = (builder: ModuleBuilder): Callee =>
  builder.define('x87_free', ['i32', 'i32'], undefined, (c, index, pop) => {
    clearC1(c);
    markEmpty(c, slot(c, c.get(index)));
    c.if(c.get(pop), () => popSlot(c));
  });

/** (by). FINCSTP (1), FDECSTP (−1). */
const defineRotate = (builder: ModuleBuilder): Callee =>
  builder.define('x87_rotate', ['i32'], undefined, (c, by) => {
    clearC1(c);
    moveTop(c, c.get(by));
  });

export const defineManipulation = (builder: ModuleBuilder, exceptions: Exceptions, stack: Stack): Callee[] => [
  defineLoadRegister(builder, exceptions, stack),
  defineStoreRegister(builder, stack),
  defineStoreExtended(builder, exceptions),
  defineExchange(builder, exceptions),
  defineMoveIf(builder, stack),
  defineSign(builder, stack),
  defineConstant(builder, stack),
  defineExamine(builder),
  defineFree(builder),
  defineRotate(builder),
];
