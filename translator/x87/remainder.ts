/** Partial remainders. SDM vol. 2, FPREM, FPREM1. */
import { STATE } from '../layout.ts';
import type { Callee, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { divide128 } from './divide.ts';
import type { Exceptions } from './exceptions.ts';
import { isEmpty, readSlot, type Stack, slot } from './stack.ts';
import { beginGeneral } from './unpack.ts';
import { shiftRight64, variable, wide } from './wide.ts';
import { CONDITION, PC_EXTENDED, SIGN, STATUS } from './words.ts';

/** Exponent differences from here on take more than one instruction. */
const COMPLETE = 64;

/**
 * (nearest) → delivered. ST(0) := remainder of ST(0) / ST(1), the quotient rounded to nearest (FPREM1) or towards
 * zero (FPREM); C0, C3, C1 are bits 2, 1, 0 of the quotient, or C2 says that the reduction is not complete.
 */
export const defineRemainder = (builder: ModuleBuilder, exceptions: Exceptions, round: Callee, stack: Stack): Callee =>
  builder.define('x87_remainder', ['i32'], 'i32', (c, nearest) => {
    const w = wide(c);
    const [x, y] = [slot(c, 0), slot(c, 1)];
    const setCondition = (condition: Val | number): void =>
      c.store(STATE.fpuStatus, c.or(c.and(c.load(STATE.fpuStatus), ~CONDITION), condition));
    c.store(STATE.fpuStatus, c.and(c.load(STATE.fpuStatus), ~STATUS.C2));
    c.if(c.or(isEmpty(c, x), isEmpty(c, y)), () => c.return(c.call(stack.underflow, x.physical)));
    const op = beginGeneral(c, exceptions, x.at, readSlot(c, x), readSlot(c, y));
    const { a, b } = op;
    c.if(c.or(a.infinite, b.zero), op.invalid);
    op.denormal();
    const control = c.keep(c.or(c.load(STATE.fpuControl), PC_EXTENDED));
    const unchanged = () => {
      setCondition(0);
      c.if(a.zero, () => op.zero(a.sign));
      c.call(round, x.at, a.sign, a.exponent, a.significand, c.const64(0n), control);
      c.return(c.const(1));
    };
    c.if(c.or(a.zero, b.infinite), unchanged);
    const difference = c.keep(c.sub(a.exponent, b.exponent));
    c.if(c.ltS(difference, c.sub(0, c.get(nearest))), unchanged);

    const partial = c.keep(c.geS(difference, COMPLETE));
    // 32 to 63 bits at a time, so that the last step has few left.
    const bits = variable(c, difference);
    c.if(partial, () => c.set(bits, c.or(c.and(difference, 31), 32)));
    const quotient = variable(c, w.const(0n));
    const rest = variable(c, a.significand);
    const exponent = variable(c, c.sub(a.exponent, c.get(bits)));
    c.if(
      c.ltS(difference, 0),
      // Half of b or less against b: nothing to divide, but a may be nearer to b than to 0.
      () => {
        const half = w.gtU(a.significand, b.significand);
        c.if(c.eqz(half), unchanged);
        c.set(quotient, w.const(1n));
        c.set(rest, w.sub(w.shl(b.significand, 1), a.significand));
        c.set(exponent, a.exponent);
      },
      () => {
        const count = w.fromU32(c.get(bits));
        const high = shiftRight64(c, a.significand, w.sub(63, count));
        const divided = divide128(c, { high: w.shrU(high.high, 1), low: w.shl(a.significand, count) }, b.significand);
        c.set(quotient, divided.quotient);
        c.set(rest, divided.remainder);
      },
    );
    const sign = variable(c, a.sign);
    c.if(c.ltS(difference, 0), () => c.set(sign, c.xor(a.sign, SIGN)));
    c.if(c.and(c.and(c.get(nearest), c.geS(difference, 0)), c.eqz(partial)), () => {
      const r = c.get(rest);
      const q = c.get(quotient);
      const other = w.sub(b.significand, r);
      const odd = w.toI32(w.and(q, 1));
      c.if(c.or(w.gtU(r, other), c.and(w.eq(r, other), odd)), () => {
        c.set(quotient, w.add(q, 1));
        c.set(rest, other);
        c.set(sign, c.xor(a.sign, SIGN));
      });
    });

    const q = w.toI32(c.get(quotient));
    const bit = (n: number, condition: number): Val => c.select(c.and(q, 1 << n), c.const(condition), c.const(0));
    const bitsOfQuotient = c.or(c.or(bit(2, STATUS.C0), bit(1, STATUS.C3)), bit(0, STATUS.C1));
    const condition = c.keep(c.select(partial, c.const(STATUS.C2), bitsOfQuotient));
    c.if(
      w.isZero(c.get(rest)),
      () => {
        c.storeAs('i64', x.at, w.const(0n));
        c.store(x.at, a.sign, 16, 8);
      },
      () => {
        const leading = w.clz(c.get(rest));
        const significand = w.shl(c.get(rest), leading);
        c.call(round, x.at, c.get(sign), c.sub(c.get(exponent), c.wrap(leading)), significand, c.const64(0n), control);
      },
    );
    setCondition(condition);
    return c.const(1);
  });
