/** Shifts and rotates. A count of zero (after masking to 5 bits) leaves everything, flags included, as it was. */
import { arithmeticFlags, carryFlags, carryOf } from '../flags.ts';
import type { Code, Val } from '../wasm/code.ts';
import type { Ops, Semantics } from './ops.ts';

/** Runs `body` with the operand and the masked count, unless the count is zero. */
const counted =
  (body: (o: Ops, a: Val, count: Val) => void, countOperand = 1): Semantics =>
  (o) => {
    const a = o.c.copy(o.get(0));
    const count = o.c.copy(o.c.and(o.get(countOperand), 31));
    o.when(count, () => body(o, a, count));
  };

/** Bit `n` of `v` as 0 or 1. */
const bit = (c: Code, v: Val, n: Val | number): Val => (n === 31 ? c.shrU(v, n) : c.and(c.shrU(v, n), 1));

/** Stores a shift's result with its flags; carry and overflow are 0 or 1. */
const finish = (o: Ops, r: Val, carry: Val, overflow: Val): void => {
  o.define(arithmeticFlags(o.c, o.size, o.c.keep(carry), o.c.keep(overflow), r));
  o.set(0, r);
};

export const shl = counted((o, a, count) => {
  const { c, size } = o;
  const r = c.keep(c.shl(a, count));
  const carry = c.keep(size === 32 ? c.and(c.rotl(a, count), 1) : bit(c, r, size));
  finish(o, r, carry, c.xor(carry, bit(c, r, size - 1)));
});

export const shr = counted((o, a, count) => {
  const { c, size } = o;
  const half = c.keep(c.shrU(a, c.sub(count, 1)));
  const r = c.keep(c.shrU(half, 1));
  // For a count of one OF is the operand's sign; with more it is undefined, and the sign of the last step.
  finish(o, r, c.and(half, 1), bit(c, half, size - 1));
});

export const sar = counted((o, a, count) => {
  const { c, size } = o;
  const half = c.keep(c.shrS(c.signExtend(a, size), c.sub(count, 1)));
  finish(o, c.keep(c.shrS(half, 1)), c.and(half, 1), c.const(0));
});

/** Rotates change CF and OF only. */
const finishRotate = (o: Ops, r: Val, carry: Val, overflow: Val): void => {
  o.define(carryFlags(o.c, o.flags(), o.c.keep(carry), o.c.keep(overflow)));
  o.set(0, r);
};

/** The operand's bits repeated over 32, so that a 32-bit rotate rotates each copy. */
const spread = (c: Code, a: Val, bits: number): Val => {
  if (bits === 32) return a;
  return bits === 16 ? c.mul(a, 0x10001) : c.mul(a, 0x1010101);
};

export const rol = counted((o, a, count) => {
  const { c, size } = o;
  const r = c.keep(c.rotl(spread(c, a, size), count));
  const carry = c.keep(c.and(r, 1));
  finishRotate(o, r, carry, c.xor(carry, bit(c, r, size - 1)));
});

export const ror = counted((o, a, count) => {
  const { c, size } = o;
  const r = c.keep(c.rotr(spread(c, a, size), count));
  const carry = bit(c, r, size - 1);
  finishRotate(o, r, carry, c.xor(bit(c, r, size - 1), bit(c, r, size - 2)));
});

/** RCL and RCR rotate size + 1 bits: the operand with CF above it, in 64-bit arithmetic. */
const throughCarry = (left: boolean): Semantics =>
  counted((o, a, count) => {
    const { c, size } = o;
    const width = size + 1;
    const carryIn = c.extend64U(carryOf(c, o.flags()));
    const wide = c.keep(c.op2('i64', 'or', c.extend64U(a), c.op2('i64', 'shl', carryIn, size)));
    const n = size === 32 ? count : c.keep(c.remU(count, width));
    const up = c.keep(c.extend64U(left ? n : c.sub(width, n)));
    const down = c.extend64U(left ? c.sub(width, n) : n);
    const r = c.keep(c.op2('i64', 'or', c.op2('i64', 'shl', wide, up), c.op2('i64', 'shr_u', wide, down)));
    const low = c.keep(c.wrap(r));
    const carry = c.keep(c.and(c.wrap(c.op2('i64', 'shr_u', r, size)), 1));
    const sign = bit(c, low, size - 1);
    const overflow = left ? c.xor(carry, sign) : c.xor(sign, bit(c, low, size - 2));
    finishRotate(o, low, carry, overflow);
  });
export const rcl = throughCarry(true);
export const rcr = throughCarry(false);

/** SHLD, SHRD: the operand with the second register's bits shifted in. */
const double = (left: boolean): Semantics =>
  counted((o, a, count) => {
    const { c, size } = o;
    const b = c.keep(o.get(1));
    const sign = (v: Val) => bit(c, v, size - 1);
    if (size === 32) {
      const rest = c.sub(32, count);
      const r = c.keep(left ? c.or(c.shl(a, count), c.shrU(b, rest)) : c.or(c.shrU(a, count), c.shl(b, rest)));
      const carry = left ? c.and(c.rotl(a, count), 1) : bit(c, a, c.sub(count, 1));
      finish(o, r, carry, c.xor(sign(a), sign(r)));
      return;
    }
    // 16 bits: a:b:a (or a:b:a from below) in 48 bits; counts above 16 are undefined and rotate on as processors do.
    const extend = (v: Val) => c.extend64U(v);
    const or64 = (x: Val, y: Val) => c.op2('i64', 'or', x, y);
    const shl64 = (x: Val, n: Val | number) => c.op2('i64', 'shl', x, n);
    const n = c.keep(c.extend64U(count));
    const wide = c.keep(or64(or64(shl64(extend(a), 32), shl64(extend(b), 16)), extend(a)));
    const shifted = c.keep(left ? shl64(wide, n) : c.op2('i64', 'shr_u', wide, n));
    const r = c.keep(c.zeroExtend(c.wrap(left ? c.op2('i64', 'shr_u', shifted, 32) : shifted), 16));
    const out = left ? c.op2('i64', 'shr_u', shifted, 48) : c.op2('i64', 'shr_u', wide, c.op2('i64', 'sub', n, 1));
    finish(o, r, c.and(c.wrap(out), 1), c.xor(sign(a), sign(r)));
  }, 2);
export const shld = double(true);
export const shrd = double(false);
