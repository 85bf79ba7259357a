/** Integer arithmetic and logic: ADD ADC SUB SBB CMP AND OR XOR TEST INC DEC NEG NOT, and their exchanging kin. */
import {
  addFlags,
  arithmeticFlags,
  carryOf,
  type FlagSource,
  flagsWord,
  logicFlags,
  subFlags,
  wordFlags,
} from '../flags.ts';
import { EFLAGS } from '../layout.ts';
import type { Code, Val } from '../wasm/code.ts';
import type { Ops, Semantics } from './ops.ts';

/** Operands 0 and 1, kept. */
const pair = (o: Ops): [Val, Val] => {
  const a = o.c.keep(o.get(0));
  return [a, o.c.keep(o.get(1))];
};

export const add: Semantics = (o) => {
  const [a, b] = pair(o);
  const r = o.c.keep(o.c.add(a, b));
  o.define(addFlags(o.c, o.size, a, b, r));
  o.set(0, r);
};

/** The highest of `bits` bits, as 0 or 1. */
const topBit = (c: Code, v: Val, bits: number): Val => {
  const shifted = c.shrU(v, bits - 1);
  return bits === 32 ? shifted : c.and(shifted, 1);
};

/** Overflow of an addition (signs of both operands differ from the result's), as 0 or 1. */
const addOverflow = (c: Code, bits: number, a: Val, b: Val, r: Val): Val =>
  topBit(c, c.and(c.xor(a, r), c.xor(b, r)), bits);
const subOverflow = (c: Code, bits: number, a: Val, b: Val, r: Val): Val =>
  topBit(c, c.and(c.xor(a, b), c.xor(a, r)), bits);

/** Flags of r = a ± b ± carry-in, whose carry needs more than the two operands. */
const withCarry = (o: Ops, a: Val, b: Val, r: Val, carry: Val, overflow: Val): FlagSource =>
  arithmeticFlags(o.c, o.size, o.c.keep(carry), o.c.keep(overflow), r, o.c.keep(o.c.xor(a, b)));

export const adc: Semantics = (o) => {
  const { c } = o;
  const [a, b] = pair(o);
  const carryIn = c.keep(carryOf(c, o.flags()));
  const r = c.keep(c.add(c.add(a, b), carryIn));
  const low = c.keep(c.zeroExtend(r, o.size));
  // Carry out: r < a, or r == a with a carry in (then b + 1 wrapped to 0).
  const carry = c.or(c.ltU(low, a), c.and(carryIn, c.eq(low, a)));
  o.define(withCarry(o, a, b, r, carry, addOverflow(c, o.size, a, b, r)));
  o.set(0, r);
};

export const sub: Semantics = (o) => {
  const [a, b] = pair(o);
  const r = o.c.keep(o.c.sub(a, b));
  o.define(subFlags(o.c, o.size, a, b, r));
  o.set(0, r);
};

export const sbb: Semantics = (o) => {
  const { c } = o;
  const [a, b] = pair(o);
  const carryIn = c.keep(carryOf(c, o.flags()));
  const r = c.keep(c.sub(c.sub(a, b), carryIn));
  const carry = c.or(c.ltU(a, b), c.and(carryIn, c.eq(a, b)));
  o.define(withCarry(o, a, b, r, carry, subOverflow(c, o.size, a, b, r)));
  o.set(0, r);
};

export const cmp: Semantics = (o) => {
  const [a, b] = pair(o);
  o.define(subFlags(o.c, o.size, a, b, o.c.keep(o.c.sub(a, b))));
};

type Operation = (c: Code, a: Val, b: Val) => Val;
const logic =
  (operation: Operation): Semantics =>
  (o) => {
    const a = o.c.keep(o.get(0));
    const r = o.c.keep(operation(o.c, a, o.get(1)));
    o.define(logicFlags(o.c, o.size, r));
    o.set(0, r);
  };
export const and = logic((c, a, b) => c.and(a, b));
export const or = logic((c, a, b) => c.or(a, b));
export const xor = logic((c, a, b) => c.xor(a, b));

export const test: Semantics = (o) => {
  const a = o.c.keep(o.get(0));
  o.define(logicFlags(o.c, o.size, o.c.keep(o.c.and(a, o.get(1)))));
};

/** INC and DEC keep CF; OF is set where the result is the extreme value `edge` of the width. */
const step =
  (delta: 1 | -1): Semantics =>
  (o) => {
    const { c } = o;
    const a = c.keep(o.get(0));
    const r = c.keep(c.add(a, delta));
    const old = o.flags();
    const edge = delta === 1 ? 2 ** (o.size - 1) : 2 ** (o.size - 1) - 1;
    o.define(lazyStep(c, o.size, old, a, r, edge));
    o.set(0, r);
  };

/** The carry words of INC and DEC are worked out only if somebody stores or reads them. */
const lazyStep = (c: Code, bits: number, old: FlagSource, a: Val, r: Val, edge: number): FlagSource => {
  let full: FlagSource | undefined;
  const make = () => {
    if (!full) {
      const carry = c.keep(carryOf(c, old));
      const overflow = c.keep(c.eq(c.zeroExtend(r, bits), edge));
      full = arithmeticFlags(c, bits, carry, overflow, r);
    }
    return full;
  };
  return {
    kind: 'arithmetic',
    bits,
    r,
    known: () => {
      const carry = c.keep(carryOf(c, old));
      return { carry, overflow: c.keep(c.eq(c.zeroExtend(r, bits), edge)) };
    },
    carryA: () => make().carryA(),
    carryB: () => make().carryB(),
    result: () => c.signExtend(r, bits),
    // a ^ 1 differs from a ^ r's carry chain only in bit 0, so bit 4 of (a ^ r) is the auxiliary carry.
    parity: () => c.and(a, 0x10),
  };
};
export const inc = step(1);
export const dec = step(-1);

export const neg: Semantics = (o) => {
  const b = o.c.keep(o.get(0));
  const r = o.c.keep(o.c.sub(0, b));
  o.define(subFlags(o.c, o.size, o.c.const(0), b, r));
  o.set(0, r);
};

export const not: Semantics = (o) => {
  o.set(0, o.c.xor(o.get(0), -1));
};

export const xchg: Semantics = (o) => {
  const a = o.c.copy(o.get(0));
  const b = o.c.copy(o.get(1));
  o.set(0, b);
  o.set(1, a);
};

export const xadd: Semantics = (o) => {
  const a = o.c.copy(o.get(0));
  const b = o.c.copy(o.get(1));
  const r = o.c.keep(o.c.add(a, b));
  o.define(addFlags(o.c, o.size, a, b, r));
  // The sum goes last into a register operand, so that XADD r,r of one register holds the sum.
  o.ifMemory(
    0,
    () => {
      o.set(0, r);
      o.set(1, a);
    },
    () => {
      o.set(1, a);
      o.set(0, r);
    },
  );
};

export const cmpxchg: Semantics = (o) => {
  const { c } = o;
  const old = c.copy(o.get(0));
  const accumulator = c.copy(o.reg(0, o.size));
  const replacement = c.copy(o.get(1));
  const equal = c.keep(c.eq(accumulator, old));
  o.define(subFlags(c, o.size, accumulator, old, c.keep(c.sub(accumulator, old))));
  // The destination is always written, as on hardware: with the old value when the comparison fails.
  o.set(0, c.select(equal, replacement, old));
  c.if(c.eqz(equal), () => o.setReg(0, old, o.size));
};

/** Only ZF changes. */
export const cmpxchg8b: Semantics = (o) => {
  const { c } = o;
  const wide = (high: number, low: number): Val =>
    c.keep(c.op2('i64', 'or', c.op2('i64', 'shl', c.extend64U(o.reg(high)), 32), c.extend64U(o.reg(low))));
  o.openForWriting(0);
  const old = o.get64(0);
  const equal = c.keep(c.op2('i64', 'eq', wide(2, 0), old));
  const others = c.and(flagsWord(c, o.flags()), ~EFLAGS.ZF);
  o.define(wordFlags(c, c.keep(c.or(others, c.shl(equal, Math.log2(EFLAGS.ZF))))));
  o.set64(0, c.select(equal, wide(1, 3), old));
  c.if(c.eqz(equal), () => {
    o.setReg(0, c.wrap(old));
    o.setReg(2, c.wrap(c.op2('i64', 'shr_u', old, 32)));
  });
};
