/**
 * What the transcendental functions have in common. Each is `() → done`: 0, with nothing changed, where operands are
 * not usual (zeros, denormal numbers, NaNs, very small or large ones), which the runtime's functions are for.
 */
import { STATE } from '../layout.ts';
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { isEmpty, popSlot, readSlot, type Slot, slot } from './stack.ts';
import type { Encoded } from './unpack.ts';
import { type Pair, wide } from './wide.ts';
import { BIAS, EXPONENT, PC_EXTENDED, STATUS } from './words.ts';

/** (−1)^sign · value · 2^(exponent − BIAS + 1), a normalized fraction. `sign` is 0 or SIGN. */
export interface Magnitude {
  readonly sign: Val;
  readonly exponent: Val;
  readonly value: Pair;
}

/** 1 for normal numbers from 2^lowest to below 2^(highest + 1). */
export const within = (c: Code, { significand, signExponent }: Encoded, lowest: number, highest: number): Val => {
  const distance = c.sub(c.and(signExponent, EXPONENT), BIAS + lowest);
  return c.keep(c.and(wide(c).topBit(significand), c.leU(distance, highest - lowest)));
};

export const clearC2 = (c: Code): void => c.store(STATE.fpuStatus, c.and(c.load(STATE.fpuStatus), ~STATUS.C2));

/** Rounds to 64 bits whatever precision control says; a result is never taken as exact. */
export const putResult = (c: Code, round: Callee, at: Val, { sign, exponent, value }: Magnitude): void => {
  const control = c.or(c.load(STATE.fpuControl), PC_EXTENDED);
  c.call(round, at, sign, exponent, value.high, wide(c).or(value.low, 1), control);
};

const defineFunction = (builder: ModuleBuilder, name: string, body: (c: Code) => void): Callee =>
  builder.define(`x87_${name}`, [], 'i32', (c) => {
    body(c);
    return c.const(1);
  });

/** ST(0) := f(ST(0)). */
export const oneOperand = (
  builder: ModuleBuilder,
  name: string,
  body: (c: Code, top: Slot, x: Encoded) => void,
): Callee =>
  defineFunction(builder, name, (c) => {
    const top = slot(c, 0);
    c.if(isEmpty(c, top), () => c.return(c.const(0)));
    body(c, top, readSlot(c, top));
  });

/** ST(1) := f(ST(1), ST(0)), pop. */
export const twoOperands = (
  builder: ModuleBuilder,
  name: string,
  round: Callee,
  body: (c: Code, y: Encoded, x: Encoded) => Magnitude,
): Callee =>
  defineFunction(builder, name, (c) => {
    const [top, next] = [slot(c, 0), slot(c, 1)];
    c.if(c.or(isEmpty(c, top), isEmpty(c, next)), () => c.return(c.const(0)));
    putResult(c, round, next.at, body(c, readSlot(c, next), readSlot(c, top)));
    popSlot(c);
  });
