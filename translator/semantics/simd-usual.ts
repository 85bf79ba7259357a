/**
 * Which operands and results are usual, so that WebAssembly computes what SSE does. Everything found is a word with bit
 * 31 set where something is not: such words are joined by OR, and one test decides.
 */
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

/**
 * The same for the low lane: `before` are conditions on which operands are left to the exact function, `low` makes the
 * lane, and `after` says whether it, too, is. One branch each is cheaper than their sum, as long as none is taken.
 */
export const settleLow = (
  o: Ops,
  name: string,
  kind: Kind,
  operands: readonly [Val, Val],
  before: readonly Val[],
  low: () => Val,
  after: (low: Val) => Val,
): void => {
  const { c } = o;
  const v = vector(c);
  const result = c.newLocal('v128');
  const lane = c.newLocal(kind.type);
  const [usual, unusual] = [c.label('usual'), c.label('unusual')];
  c.block(usual, () => {
    c.block(unusual, () => {
      for (const condition of before) c.break(unusual, condition);
      c.set(lane, low());
      c.set(result, v.replaceLane(kind.shape, operands[0], 0, c.get(lane)));
      c.break(unusual, after(c.get(lane)));
      c.break(usual);
    });
    c.set(result, exactly(o, name, operands));
    // What is known of lanes holds for all but denormal numbers.
    o.distrust(c.load(STATE.simdDenormal));
  });
  o.setVector(0, c.get(result));
  o.trust(0, kind.scalar);
};

/** What the exact function gives, once no exception of it is raised. */
export const exactly = (o: Ops, name: string, [a, b]: readonly [Val, Val], immediate: Operand = 0): Val => {
  const { c } = o;
  const result = c.call(o.helper(`sse_${name}`), a, b, immediate);
  const raised = c.keep(c.load(STATE.simdVector));
  o.raiseIf(raised, raised);
  return result;
};
/** Builds what is only done where one of the words says so. */
export const whereUnusual = (c: Code, unusual: readonly Val[], body: () => void): void =>
  c.if(c.and(any(c, unusual), SIGN), body);

// ---- Scalars --------------------------------------------------------------------------------------------------------

/** The doubleword of the low lane that has the exponent, and the exponent's place in it. */
const exponentWord = (c: Code, { bits }: Kind, value: Val): Val => vector(c).lane('i32x4', value, bits / 32 - 1);
const place = ({ fraction }: Kind): number => fraction & 31;

/** Non-zero unless the low lane of operand k, which is `value`, is a zero or a denormal number, or known to be neither. */
export const lookAt = (o: Ops, kind: Kind, operand: number, value: Val): Val[] => {
  if (o.isTrusted(operand, kind.scalar)) return [];
  o.trust(operand, kind.scalar);
  return [o.c.eqz(o.c.and(exponentWord(o.c, kind, value), kind.special << place(kind)))];
};
/** MXCSR asks for the exact functions. */
export const lookAtControl = (o: Ops): Val => o.c.and(o.unusualControl(), SIGN);

/** A float is no normal number: one more makes 0 and 1 of the lowest and the largest exponent, but for the carry. */
export const isNotNormal = (c: Code, { bits, fraction, special }: Kind, value: Val): Val => {
  const exponent =
    bits === 32
      ? c.shrU(c.op1('i32', 'reinterpret', value), fraction)
      : c.wrap(c.op2('i64', 'shr_u', c.op1('i64', 'reinterpret', value), fraction));
  return c.eqz(c.and(c.add(exponent, 1), special & ~1));
};

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
export const tops = (v: Vector, { integers }: Kind, word: number): Val =>
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
