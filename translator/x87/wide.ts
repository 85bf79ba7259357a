/**
 * 64- and 128-bit integer arithmetic in generated code. Every result is kept in a local, so values can be used in
 * any order and any number of times; TurboFan sees through the locals.
 */
import type { Code, Local, Operand, Val } from '../wasm/code.ts';

/** Two words of 64 bits; as a significand, `high` holds the kept bits and `low` what rounding will drop. */
export interface Pair {
  readonly high: Val;
  readonly low: Val;
}

/** i64 operations on `c`; numbers are 64-bit constants. */
export const wide = (c: Code) => {
  const binary =
    (name: string) =>
    (a: Operand, b: Operand): Val =>
      c.keep(c.op2('i64', name, a, b));
  const shift =
    (name: string) =>
    (a: Operand, bits: Operand): Val =>
      c.keep(c.op2('i64', name, a, typeof bits === 'number' || bits.type === 'i64' ? bits : c.extend64U(bits)));
  return {
    const: (value: bigint): Val => c.const64(value),
    add: binary('add'),
    sub: binary('sub'),
    mul: binary('mul'),
    divU: binary('div_u'),
    remU: binary('rem_u'),
    and: binary('and'),
    or: binary('or'),
    xor: binary('xor'),
    shl: shift('shl'),
    shrU: shift('shr_u'),
    shrS: shift('shr_s'),
    eq: binary('eq'),
    ne: binary('ne'),
    ltS: binary('lt_s'),
    ltU: binary('lt_u'),
    gtU: binary('gt_u'),
    geS: binary('ge_s'),
    geU: binary('ge_u'),
    leU: binary('le_u'),
    isZero: (a: Operand): Val => c.keep(c.op2('i64', 'eq', a, 0)),
    isNonzero: (a: Operand): Val => c.keep(c.op2('i64', 'ne', a, 0)),
    /** Bit 63: the integer bit of a significand, the top bit of what is dropped. */
    topBit: (a: Operand): Val => c.keep(c.op2('i64', 'lt_s', a, 0)),
    fromU32: (a: Operand): Val => c.keep(c.extend64U(a)),
    fromS32: (a: Operand): Val => c.keep(c.extend64S(a)),
    toI32: (a: Val): Val => c.keep(c.wrap(a)),
    /** Leading zeros as an i64: 0-64. */
    clz: (a: Operand): Val => c.keep(c.op1('i64', 'clz', a)),
    ctz: (a: Operand): Val => c.keep(c.op1('i64', 'ctz', a)),
    select: (condition: Operand, yes: Operand, no: Operand): Val => c.keep(c.select(condition, yes, no)),
  };
};

/** A 64-bit local holding `value`, for what branches will change. */
export const variable = (c: Code, value: Val): Local => {
  const local = c.newLocal(value.type);
  c.set(local, value);
  return local;
};

/** a · b, unsigned, 128 bits, from products of 32-bit halves. */
export const multiply128 = (c: Code, a: Val, b: Val): Pair => {
  const w = wide(c);
  const mask = w.const(0xffff_ffffn);
  const [aHigh, aLow, bHigh, bLow] = [w.shrU(a, 32), w.and(a, mask), w.shrU(b, 32), w.and(b, mask)];
  const low = w.mul(aLow, bLow);
  const cross = w.add(w.mul(aHigh, bLow), w.shrU(low, 32));
  const middle = w.add(w.mul(aLow, bHigh), w.and(cross, mask));
  return {
    high: w.add(w.add(w.mul(aHigh, bHigh), w.shrU(cross, 32)), w.shrU(middle, 32)),
    low: w.or(w.shl(middle, 32), w.and(low, mask)),
  };
};

/** a − b, 128 bits, wrapping. */
export const subtract128 = (c: Code, a: Pair, b: Pair): Pair => {
  const w = wide(c);
  const borrow = w.fromU32(w.ltU(a.low, b.low));
  return { high: w.sub(w.sub(a.high, b.high), borrow), low: w.sub(a.low, b.low) };
};

/** Shifts left by `bits` (an i64, 0-63). */
export const shiftLeft128 = (c: Code, a: Pair, bits: Val): Pair => {
  const w = wide(c);
  // Two shifts, because a shift by 64 would be one by 0.
  const carried = w.shrU(w.shrU(a.low, 1), w.sub(63, bits));
  return { high: w.or(w.shl(a.high, bits), carried), low: w.shl(a.low, bits) };
};

/** Shifts `high` right by `bits` (an i64, 0-63) into `low`: nothing is lost. */
export const shiftRight64 = (c: Code, high: Val, bits: Val): Pair => {
  const w = wide(c);
  return { high: w.shrU(high, bits), low: w.shl(w.shl(high, 1), w.sub(63, bits)) };
};

/** Shifts right by any number of bits (an i64 ≥ 0); bit 0 of the result is set when a bit set was lost. */
export const shiftRightJam = (c: Code, a: Pair, bits: Val): Pair => {
  const w = wide(c);
  const jam = (kept: Val, lost: Val): Val => w.or(kept, w.fromU32(w.isNonzero(lost)));
  const high = variable(c, a.high);
  const low = variable(c, a.low);
  c.if(w.geU(bits, 64), () => {
    const lost = c.get(low);
    c.set(low, jam(c.get(high), lost));
    c.set(high, c.const64(0n));
  });
  const left = w.sub(bits, w.select(w.geU(bits, 64), c.const64(64n), c.const64(0n)));
  c.if(
    w.geU(left, 64),
    () => c.set(low, w.fromU32(w.isNonzero(c.get(low)))),
    () => {
      const shifted = shiftRight64(c, c.get(high), left);
      const cut = w.sub(w.shl(w.const(1n), left), 1);
      const lost = w.and(c.get(low), cut);
      const kept = w.or(shifted.low, w.shrU(c.get(low), left));
      c.set(high, shifted.high);
      c.set(low, jam(kept, lost));
    },
  );
  return { high: c.get(high), low: c.get(low) };
};
