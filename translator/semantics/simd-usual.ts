/**
 * Which operands and results are usual, so that WebAssembly computes what SSE does. Everything found is a word with bit
 * 31 set where something is not: such words are joined by OR, and one test decides.
 */
import type { LaneKind } from '../isa/operands.ts';
import { STATE } from '../layout.ts';
import type { Code, Operand, Val } from '../wasm/code.ts';
import { IOTA, type Vector, vector } from '../wasm/vector.ts';
import type { Ops } from './ops.ts';

/** Single and double precision, as lanes of a vector. */
export interface Kind {
  readonly type: 'f32' | 'f64';
  readonly shape: 'f32x4' | 'f64x2';
  readonly integers: 'i32x4' | 'i64x2';
  readonly scalar: 'ss' | 'sd';
  readonly packed: 'ps' | 'pd';
  readonly lanes: 4 | 2;
  readonly bits: 32 | 64;
  /** Bits of the fraction; above them the exponent, whose largest value infinities and NaNs have. */
  readonly fraction: 23 | 52;
  readonly special: 0xff | 0x7ff;
}
export const SINGLE: Kind = {
  type: 'f32',
  shape: 'f32x4',
  integers: 'i32x4',
  scalar: 'ss',
  packed: 'ps',
  lanes: 4,
  bits: 32,
  fraction: 23,
  special: 0xff,
};
export const DOUBLE: Kind = {
  type: 'f64',
  shape: 'f64x2',
  integers: 'i64x2',
  scalar: 'sd',
  packed: 'pd',
  lanes: 2,
  bits: 64,
  fraction: 52,
  special: 0x7ff,
};

export const KINDS: Readonly<Record<LaneKind, Kind>> = { ss: SINGLE, sd: DOUBLE };

const SIGN = 0x8000_0000;

/** Bit 31 set where a condition (0 or 1) holds. */
export const flag = (c: Code, condition: Val): Val => c.sub(0, condition);
const any = (c: Code, words: readonly Val[]): Val => words.reduce((a, b) => c.or(a, b));

interface Question {
  /** What the exact function is asked besides the operands. */
  readonly immediate?: Operand;
  /** Asked where `unusual` says so: a closer look, too dear to be taken always. */
  readonly certain?: () => readonly Val[];
}
/** Runs the exact function where one of the words says so; `quick` is the result elsewhere. */
export const settle = (
  o: Ops,
  name: string,
  operands: readonly [Val, Val],
  quick: Val,
  unusual: (result: Val) => readonly Val[],
  { immediate = 0, certain }: Question = {},
): Val => {
  const { c } = o;
  const result = c.newLocal('v128');
  c.set(result, quick);
  const decide = () => c.set(result, exactly(o, name, operands, immediate));
  whereUnusual(c, unusual(c.get(result)), () => (certain ? whereUnusual(c, certain(), decide) : decide()));
  return c.get(result);
};

/** What becomes of the low lane: the exact function's name, from which kind to which, and its operands. */
interface LowResult {
  readonly name: string;
  readonly from: Kind;
  readonly to: Kind;
  /** Low lanes of operands 0 and 1. */
  readonly operands: readonly [Val, Val];
  readonly quick: Val;
  /** Non-zero where a quick result that is 0 is right. */
  readonly zero: () => Val;
}
/** The same for the low lane, which becomes operand 0's. */
export const settleLow = (o: Ops, { name, from, to, operands, quick, zero }: LowResult): void => {
  const { c } = o;
  const v = vector(c);
  const lane = c.newLocal(to.type);
  c.set(lane, quick);
  const usual = o.usualExponents();
  c.if(isUnusual(c, to, c.get(lane), usual), () => {
    const isZero = c.op2(to.type, 'eq', c.get(lane), floatOf(c, to, 0));
    c.if(c.eqz(c.and(c.ne(usual, 0), c.and(isZero, zero()))), () => {
      const [a, b] = operands.map((operand) => c.keep(v.splat(from.shape, operand))) as [Val, Val];
      c.set(lane, v.lane(to.shape, exactly(o, name, [a, b]), 0));
    });
  });
  o.setLow(to.scalar, c.get(lane));
};

/** A float is no normal number, or `usual`, which is usualExponents, says that this does not matter. */
const isUnusual = (c: Code, { bits, fraction }: Kind, value: Val, usual: Val): Val => {
  if (bits === 64) {
    const exponent = c.wrap(c.op2('i64', 'shr_u', c.op1('i64', 'reinterpret', value), c.const64(BigInt(fraction))));
    return c.eqz(c.and(c.add(exponent, 1), usual));
  }
  const next = c.add(c.shrU(c.op1('i32', 'reinterpret', value), fraction), 1);
  return c.eqz(c.and(c.and(next, SINGLE.special & ~1), usual));
};

export const floatOf = (c: Code, { type }: Kind, value: number): Val => c.make(type, [], (m) => m[type].const(value));

/** Builds what is done where a float with this doubleword at its top is a denormal number. */
export const ifDenormal = (c: Code, kind: Kind, top: Val, value: Val, body: () => void): void =>
  c.if(c.eqz(c.and(top, kind.special << place(kind))), () =>
    c.if(c.op2(kind.type, 'ne', value, floatOf(c, kind, 0)), body),
  );
/** The doubleword of a float that has the exponent. */
export const topOf = (c: Code, { bits }: Kind, value: Val): Val =>
  bits === 32
    ? c.op1('i32', 'reinterpret', value)
    : c.wrap(c.op2('i64', 'shr_u', c.op1('i64', 'reinterpret', value), c.const64(32n)));

/** What the exact function gives, once no exception of it is raised. */
export const exactly = (o: Ops, name: string, [a, b]: readonly [Val, Val], immediate: Operand = 0): Val => {
  const { c } = o;
  const result = c.call(o.helper(`sse_${name}`), a, b, immediate);
  const raised = c.keep(c.load(STATE.simdVector));
  o.raiseIf(raised, raised);
  o.askAgain();
  return result;
};
/** Builds what is only done where one of the words says so. */
const whereUnusual = (c: Code, unusual: readonly Val[], body: () => void): void =>
  c.if(c.and(any(c, unusual), SIGN), body);

// ---- Scalars --------------------------------------------------------------------------------------------------------

/** Where the exponent begins in the doubleword that has it. */
const place = ({ fraction }: Kind): number => fraction & 31;

/** The low lane of a vector is a zero. */
const isZero = (c: Code, { integers, bits }: Kind, value: Val): Val => {
  const type = bits === 32 ? 'i32' : 'i64';
  const one = bits === 32 ? c.const(1) : c.const64(1n);
  return c.op1(type, 'eqz', c.op2(type, 'shl', vector(c).lane(integers, value, 0), one), 'i32');
};

/** The low lane of a vector is a denormal number, a NaN or a zero: without the sign, they follow one another. */
export const isOdd = (c: Code, { integers, bits, fraction, special }: Kind, value: Val): Val => {
  const lane = vector(c).lane(integers, value, 0);
  const type = bits === 32 ? 'i32' : 'i64';
  const word = (n: bigint): Val => (bits === 32 ? c.const(Number(BigInt.asIntN(32, n))) : c.const64(n));
  const firstNan = ((BigInt(special) << BigInt(fraction)) << 1n) + 2n;
  const count = (1n << BigInt(fraction + 2)) - 2n;
  const doubled = c.op2(type, 'shl', lane, word(1n));
  return flag(c, c.op2(type, 'lt_u', c.op2(type, 'sub', doubled, word(firstNan)), word(count)));
};

/** The same without the zeros: dearer. */
export const isOddNumber = (c: Code, kind: Kind, value: Val): Val =>
  c.and(isOdd(c, kind, value), flag(c, c.eqz(isZero(c, kind, value))));

// ---- All lanes ------------------------------------------------------------------------------------------------------

/** Vectors with a word at the top of each lane. */
const tops = (v: Vector, { integers }: Kind, word: number): Val =>
  v.constant(IOTA.map((n) => (integers === 'i64x2' && (n & 7) < 4 ? 0 : (word >>> (8 * (n & 3))) & 0xff)));

/** Lanes, as vectors with the sign set, that are zeros or denormal numbers. */
export const smallLanes = (v: Vector, kind: Kind, value: Val): Val => {
  const exponents = v.and(value, tops(v, kind, kind.special << place(kind)));
  return v.binary(kind.integers, 'sub')(exponents, tops(v, kind, 1 << place(kind)));
};
/** Lanes that are no normal numbers. */
export const notNormalLanes = (v: Vector, kind: Kind, value: Val): Val => {
  const unit = () => tops(v, kind, 1 << place(kind));
  const next = v.binary(kind.integers, 'add')(value, unit());
  return v.binary(kind.integers, 'sub')(v.and(next, tops(v, kind, (kind.special & ~1) << place(kind))), unit());
};
/** Lanes, as masks, that are denormal numbers or NaNs. */
export const oddLanes = (v: Vector, kind: Kind, value: Val): Val => {
  const { shape, integers } = kind;
  const magnitude = () => v.unary(shape, 'abs')(value);
  const small = v.binary(integers, 'lt_s')(magnitude(), tops(v, kind, 1 << place(kind)));
  const denormal = v.and(small, v.binary(integers, 'gt_s')(magnitude(), v.zero()));
  return v.or(denormal, v.binary(shape, 'ne')(value, value));
};
/** Whether one of the first `count` lanes has its sign set. */
export const inLanes = (c: Code, kind: Kind, lanes: Val, count: number = kind.lanes): Val =>
  flag(c, c.ne(c.and(vector(c).bitmask(kind.integers)(lanes), (1 << count) - 1), 0));
