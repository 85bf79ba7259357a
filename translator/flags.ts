/**
 * The arithmetic flags. They are never computed when set: an instruction leaves the four words from which each
 * flag follows, and a reader computes just what it asks for.
 *
 *   CF = carryA <u carryB            OF = ((carryA ^ carryB) & (carryA ^ (carryA - carryB))) bit 31
 *   ZF = result == 0                 SF = (result ^ parity) bit 31
 *   AF = (result ^ parity) bit 4     PF = even parity of the low byte of (result ^ parity >> 8)
 *
 * carryA and carryB are aligned to bit 31 whatever the operand size, so one formula serves all; result is
 * sign-extended; parity is (a ^ b) & 10h, with higher bits set only by writers of whole flag words (POPF, SAHF).
 */
import { EFLAGS } from './layout.ts';
import type { Code, Val } from './wasm/code.ts';

export interface FlagWords {
  carryA(): Val;
  carryB(): Val;
  result(): Val;
  parity(): Val;
}

/** Where flags come from: the four words, and for readers that can do better, the operation itself. */
export interface FlagSource extends FlagWords {
  /** `words`: only the words are known; their `parity` may hold fix-up bits. */
  readonly kind: 'add' | 'sub' | 'logic' | 'arithmetic' | 'words';
  readonly bits: number;
  /** Kept values, zero-extended; result dirty. */
  readonly a?: Val;
  readonly b?: Val;
  readonly r?: Val;
  /** The result and parity words stay as they are: only carry and overflow change. */
  readonly carryOnly?: true;
  /** The words follow from the operands, but have not been written anywhere yet. */
  readonly pending?: true;
  /** CF and OF, kept, where they have been worked out: the carry words are one of CARRY_PAIRS then. */
  readonly known?: () => KnownCarry;
}

/** CF and OF, each 0 or 1. */
export interface KnownCarry {
  readonly carry: Val;
  readonly overflow: Val;
}

/** carryA and carryB that stand for given flags, indexed by CF + 2 × OF. */
export const CARRY_PAIRS = [
  [0, 0],
  [0, 1],
  [0x8000_0000, 1],
  [0x7fff_ffff, 0x8000_0000],
] as const;

export const FLAG_CARRY = EFLAGS.CF | EFLAGS.OF;

/** Flags that each condition code reads, by cc >> 1. SDM vol. 1, appendix B. */
export const CONDITION_READS = [
  EFLAGS.OF,
  EFLAGS.CF,
  EFLAGS.ZF,
  EFLAGS.CF | EFLAGS.ZF,
  EFLAGS.SF,
  EFLAGS.PF,
  EFLAGS.SF | EFLAGS.OF,
  EFLAGS.ZF | EFLAGS.SF | EFLAGS.OF,
];

const AUX = 0x10;
const align = (c: Code, v: Val, bits: number): Val => c.shl(v, 32 - bits);

// ---- sources -------------------------------------------------------------------------------------------------

/** r = a + b. Values must be kept. */
export const addFlags = (c: Code, bits: number, a: Val, b: Val, r: Val): FlagSource => ({
  kind: 'add',
  bits,
  a,
  b,
  r,
  carryA: () => align(c, r, bits),
  carryB: () => align(c, a, bits),
  result: () => c.signExtend(r, bits),
  parity: () => c.and(c.xor(a, b), AUX),
});

/** r = a - b. */
export const subFlags = (c: Code, bits: number, a: Val, b: Val, r: Val): FlagSource => ({
  kind: 'sub',
  bits,
  a,
  b,
  r,
  carryA: () => align(c, a, bits),
  carryB: () => align(c, b, bits),
  result: () => c.signExtend(r, bits),
  parity: () => c.and(c.xor(a, b), AUX),
});

/** AND, OR, XOR, TEST: CF = OF = 0, AF (undefined) = 0 as processors have it. */
export const logicFlags = (c: Code, bits: number, r: Val): FlagSource => ({
  kind: 'logic',
  bits,
  r,
  carryA: () => c.const(0),
  carryB: () => c.const(0),
  result: () => c.signExtend(r, bits),
  parity: () => c.and(r, AUX),
});

/** The pair of carry words that stands for given CF and OF (each 0 or 1). */
const carryPair = (c: Code, carry: Val, overflow: Val) => {
  // Multiplications set both or none.
  if (carry === overflow) return { carryA: () => c.sub(1 << 31, carry), carryB: () => c.const(1 << 31) };
  return {
    known: () => ({ carry, overflow }),
    carryA: () => c.sub(c.shl(overflow, 31), c.and(carry, overflow)),
    carryB: () => c.or(c.shl(c.and(carry, overflow), 31), c.xor(carry, overflow)),
  };
};

/** CF and OF given (kept, 0 or 1); ZF, SF, PF from a kept result; AF from `auxiliary` = a ^ b, or 0 without. */
export const arithmeticFlags = (
  c: Code,
  bits: number,
  carry: Val,
  overflow: Val,
  r: Val,
  auxiliary?: Val,
): FlagSource => ({
  kind: 'arithmetic',
  bits,
  r,
  ...carryPair(c, carry, overflow),
  result: () => c.signExtend(r, bits),
  parity: () => c.and(auxiliary ?? r, AUX),
});

/** CF and OF given (kept), the others as in `old`. */
export const carryFlags = (c: Code, old: FlagWords, carry: Val, overflow: Val): FlagSource => ({
  kind: 'words',
  bits: 32,
  carryOnly: true,
  ...carryPair(c, carry, overflow),
  result: () => old.result(),
  parity: () => old.parity(),
});

/** All flags from a kept value that has them in their EFLAGS positions. */
export const wordFlags = (c: Code, flags: Val): FlagSource => {
  const bit = (n: number) => c.and(c.shrU(flags, n), 1);
  const carry = bit(0);
  const overflow = bit(11);
  const pair = carryPair(c, c.keep(carry), c.keep(overflow));
  return {
    kind: 'words',
    bits: 32,
    ...pair,
    result: () => c.xor(bit(6), 1),
    parity: () => c.or(c.and(flags, AUX), c.or(c.shl(bit(7), 31), c.shl(c.xor(bit(2), bit(6)), 8))),
  };
};

// ---- readers: each gives 0 or 1 --------------------------------------------------------------------------------

export const carryOf = (c: Code, s: FlagSource): Val => {
  if (s.kind === 'logic') return c.const(0);
  if (s.kind === 'add') return c.ltU(c.zeroExtend(s.r!, s.bits), s.a!);
  if (s.kind === 'sub') return c.ltU(s.a!, s.b!);
  const a = s.carryA();
  return c.ltU(a, s.carryB());
};

export const overflowOf = (c: Code, s: FlagSource): Val => {
  if (s.kind === 'logic') return c.const(0);
  const a = c.keep(s.carryA());
  const b = c.keep(s.carryB());
  return c.shrU(c.and(c.xor(a, b), c.xor(a, c.sub(a, b))), 31);
};

export const zeroOf = (c: Code, s: FlagSource): Val => {
  if (s.kind === 'sub') return c.eq(s.a!, s.b!);
  return c.eqz(s.r ? c.zeroExtend(s.r, s.bits) : s.result());
};

/** A value whose bit 31 is SF. */
const signWord = (c: Code, s: FlagSource): Val => {
  if (s.kind !== 'words') return align(c, s.r!, s.bits);
  const result = s.result();
  return c.xor(result, s.parity());
};
export const signOf = (c: Code, s: FlagSource): Val => c.shrU(signWord(c, s), 31);

const parityOf = (c: Code, s: FlagSource): Val => {
  const result = s.kind === 'words' ? s.result() : s.r!;
  const low = s.kind === 'words' ? c.xor(result, c.shrU(s.parity(), 8)) : result;
  return c.xor(c.and(c.popcnt(c.and(low, 0xff)), 1), 1);
};

const auxiliaryOf = (c: Code, s: FlagSource): Val => {
  const result = s.result();
  return c.and(c.shrU(c.xor(result, s.parity()), 4), 1);
};

/** Condition code cc (0-15) as 0 or 1. */
export const conditionOf = (c: Code, s: FlagSource, cc: number): Val => {
  const value = positive(c, s, cc >> 1);
  return cc & 1 ? c.eqz(value) : value;
};

const positive = (c: Code, s: FlagSource, pair: number): Val => {
  const signed = (v: Val) => c.signExtend(v, s.bits);
  switch (pair) {
    case 0:
      return overflowOf(c, s);
    case 1:
      return carryOf(c, s);
    case 2:
      return zeroOf(c, s);
    case 3:
      if (s.kind === 'sub') return c.leU(s.a!, s.b!);
      if (s.kind === 'logic') return zeroOf(c, s);
      return c.or(carryOf(c, s), zeroOf(c, s));
    case 4:
      return signOf(c, s);
    case 5:
      return parityOf(c, s);
    case 6:
      if (s.kind === 'sub') return c.ltS(signed(s.a!), signed(s.b!));
      if (s.kind === 'logic') return signOf(c, s);
      return c.xor(signOf(c, s), overflowOf(c, s));
    default:
      if (s.kind === 'sub') return c.leS(signed(s.a!), signed(s.b!));
      if (s.kind === 'logic') return c.leS(signed(s.r!), 0);
      return c.or(zeroOf(c, s), c.xor(signOf(c, s), overflowOf(c, s)));
  }
};

/** All arithmetic flags in their EFLAGS positions. */
export const flagsWord = (c: Code, s: FlagSource): Val => {
  const parts: [Val, number][] = [
    [carryOf(c, s), 0],
    [parityOf(c, s), 2],
    [auxiliaryOf(c, s), 4],
    [zeroOf(c, s), 6],
    [signOf(c, s), 7],
    [overflowOf(c, s), 11],
  ];
  return parts.map(([v, n]) => c.shl(v, n)).reduce((a, b) => c.or(a, b));
};
