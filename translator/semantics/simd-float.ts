/**
 * SSE arithmetic. WebAssembly computes what SSE does wherever MXCSR and the operands are usual, which is cheap to see
 * afterwards: no operand with exponent 0, and a result that is a normal number. All else (zeros and denormals, NaNs,
 * infinities, tiny results, other rounding, exceptions that count) is the business of exact functions, see sse/.
 */
import { RELATION } from '../sse/compare.ts';
import { USUAL } from '../sse/words.ts';
import type { Code, Local, Val } from '../wasm/code.ts';
import { IOTA, type Vector, vector } from '../wasm/vector.ts';
import { variable } from '../x87/wide.ts';
import type { Semantics } from './ops.ts';
import { sse } from './simd.ts';
import {
  exactly,
  floatOf,
  inLanes,
  isOdd,
  isOddNumber,
  type Kind,
  notNormalLanes,
  oddLanes,
  SINGLE,
  settle,
  settleLow,
  smallLanes,
} from './simd-usual.ts';

export type Operation = 'add' | 'sub' | 'mul' | 'div';

/** What tells that a packed operation is not what WebAssembly computes. */
const unusualPacked = (c: Code, kind: Kind, control: Val, result: Val, operands: readonly Val[]): Val[] => {
  const v = vector(c);
  const small = operands.map((operand) => smallLanes(v, kind, operand));
  return [
    control,
    inLanes(
      c,
      kind,
      small.reduce((a, b) => v.or(a, b), notNormalLanes(v, kind, result)),
    ),
  ];
};

/** Where a result of 0 is one that WebAssembly gets right: nothing is lost, and nothing invalid. */
const isRightZero = (c: Code, operation: Operation, kind: Kind, [a, b]: readonly [Val, Val]): Val => {
  const isZero = (value: Val) => c.op2(kind.type, 'eq', value, floatOf(c, kind, 0));
  if (operation === 'mul') return c.or(isZero(a), isZero(b));
  return operation === 'div' ? isZero(a) : c.const(1);
};

/** ADDSD, ADDPS, … */
export const arithmetic = (operation: Operation, kind: Kind, packed: boolean): Semantics =>
  sse((o) => {
    const { c } = o;
    if (packed) {
      const v = vector(c);
      const [a, b] = [o.getVector(0), o.getVector(1)];
      const control = o.unusualControl();
      const quick = v.binary(kind.shape, operation)(a, b);
      const unusual = (r: Val) => unusualPacked(c, kind, control, r, [a, b]);
      o.setVector(0, settle(o, operation + kind.packed, [a, b], quick, unusual));
      return;
    }
    const operands = [o.getLow(0, kind.scalar), o.getLow(1, kind.scalar)] as const;
    settleLow(o, {
      name: operation + kind.scalar,
      from: kind,
      to: kind,
      operands,
      quick: c.op2(kind.type, operation, ...operands),
      zero: () => isRightZero(c, operation, kind, operands),
    });
  });

/** SQRTSD, …: of operand 1. */
export const squareRoot = (kind: Kind, packed: boolean): Semantics =>
  sse((o) => {
    const { c } = o;
    if (packed) {
      const b = o.getVector(1);
      const control = o.unusualControl();
      const unusual = (r: Val) => unusualPacked(c, kind, control, r, [b]);
      const quick = vector(c).unary(kind.shape, 'sqrt')(b);
      o.setVector(0, settle(o, `sqrt${kind.packed}`, [b, b], quick, unusual));
      return;
    }
    const b = o.getLow(1, kind.scalar);
    settleLow(o, {
      name: `sqrt${kind.scalar}`,
      from: kind,
      to: kind,
      operands: [b, b],
      quick: c.op1(kind.type, 'sqrt', b),
      zero: () => c.const(1),
    });
  });

/** Which lane of its kind a byte is in, and which byte of the lane it is. */
const laneOf = (kind: Kind, byte: number): number => Math.floor((8 * byte) / kind.bits);

/** Lanes of a and b side by side, summed in pairs: HADDPS, HSUBPD. */
export const horizontal = (operation: 'add' | 'sub', kind: Kind): Semantics =>
  sse((o) => {
    const { c } = o;
    const v = vector(c);
    const [a, b] = [o.getVector(0), o.getVector(1)];
    const bytes = kind.bits / 8;
    const every = (from: number): number[] =>
      IOTA.map((n) => ((2 * laneOf(kind, n) + from) * bytes + (n % bytes)) % 32);
    const even = c.keep(v.shuffle(a, b, every(0)));
    const odd = c.keep(v.shuffle(a, b, every(1)));
    const control = o.unusualControl();
    const quick = v.binary(kind.shape, operation)(even, odd);
    const unusual = (r: Val) => unusualPacked(c, kind, control, r, [even, odd]);
    o.setVector(0, settle(o, operation + kind.packed, [even, odd], quick, unusual));
  });

/** ADDSUBPS, ADDSUBPD: even lanes subtracted, odd ones added. */
export const addSubtract = (kind: Kind): Semantics =>
  sse((o) => {
    const { c } = o;
    const v = vector(c);
    const [a, b] = [o.getVector(0), o.getVector(1)];
    const odd = IOTA.map((n) => (laneOf(kind, n) & 1 ? n + 16 : n));
    const control = o.unusualControl();
    const quick = v.shuffle(v.binary(kind.shape, 'sub')(a, b), v.binary(kind.shape, 'add')(a, b), odd);
    const unusual = (r: Val) => unusualPacked(c, kind, control, r, [a, b]);
    o.setVector(0, settle(o, `addsub${kind.packed}`, [a, b], quick, unusual));
  });

// ---- Comparisons --------------------------------------------------------------------------------------------------

/** Words that tell of operands whose comparison is more than a comparison, and whether to look closer. */
const oddOperands = (c: Code, kind: Kind, packed: boolean, a: Val, b: Val): Val[] => {
  if (!packed) return [isOdd(c, kind, a), isOdd(c, kind, b)];
  const v = vector(c);
  return [inLanes(c, kind, v.or(oddLanes(v, kind, a), oddLanes(v, kind, b)))];
};
/** Zeros are as good as other numbers: to be asked where isOdd has said something. */
const oddNumbers = (c: Code, kind: Kind, control: Val, a: Val, b: Val) => (): Val[] => [
  control,
  isOddNumber(c, kind, a),
  isOddNumber(c, kind, b),
];

/** All of a packed result, or the low lane of a scalar one below what operand 0 has. */
const below = (v: Vector, kind: Kind, packed: boolean, a: Val, result: Val): Val =>
  packed
    ? result
    : v.shuffle(
        a,
        result,
        IOTA.map((n) => (laneOf(kind, n) ? n : n + 16)),
      );

/** MINSD, …: operand 1 unless operand 0 is less (greater). */
export const extreme = (name: 'min' | 'max', kind: Kind, packed: boolean): Semantics =>
  sse((o) => {
    const { c } = o;
    const v = vector(c);
    const [a, b] = [o.getVector(0), o.getVector(1)];
    const control = o.unusualControl();
    const first = v.binary(kind.shape, name === 'min' ? 'lt' : 'gt')(a, b);
    const quick = below(v, kind, packed, a, v.choose(first, a, b));
    const unusual = () => [control, ...oddOperands(c, kind, packed, a, b)];
    const question = packed ? {} : { certain: oddNumbers(c, kind, control, a, b) };
    o.setVector(0, settle(o, name + (packed ? kind.packed : kind.scalar), [a, b], quick, unusual, question));
  });

/** The mask of CMPPS for numbers that are no NaNs; the predicate may be found at run time. */
const predicateMask = (c: Code, kind: Kind, a: Val, b: Val, predicate: Val): Val => {
  const v = vector(c);
  const unordered = () => v.zero();
  const masks = [v.binary(kind.shape, 'eq'), v.binary(kind.shape, 'lt'), v.binary(kind.shape, 'le'), unordered];
  if (typeof predicate.constant === 'number') {
    const mask = masks[predicate.constant & 3]!(a, b);
    return predicate.constant & 4 ? v.not(mask) : mask;
  }
  const which = (bit: number) => c.and(predicate, bit);
  const [eq, lt, le, none] = masks.map((make) => c.keep(make(a, b))) as [Val, Val, Val, Val];
  const chosen = c.select(which(2), c.keep(c.select(which(1), none, le)), c.keep(c.select(which(1), lt, eq)));
  return v.xor(chosen, v.splat('i32x4', c.sub(0, c.ne(which(4), 0))));
};

/** CMPSD, CMPPS, … */
export const compareMask = (kind: Kind, packed: boolean): Semantics =>
  sse((o) => {
    const { c } = o;
    const v = vector(c);
    const [a, b] = [o.getVector(0), o.getVector(1)];
    const predicate = c.keep(o.get(2));
    const control = o.unusualControl();
    const quick = below(v, kind, packed, a, predicateMask(c, kind, a, b, predicate));
    const unusual = () => [control, ...oddOperands(c, kind, packed, a, b)];
    const question = packed ? {} : { certain: oddNumbers(c, kind, control, a, b) };
    const exact = `cmp${packed ? kind.packed : kind.scalar}`;
    o.setVector(0, settle(o, exact, [a, b], quick, unusual, { ...question, immediate: predicate }));
  });

/** Two numbers that compare as a relation says. */
const standFor = (c: Code, kind: Kind, relation: Val, x: Local, y: Local): void => {
  const number = (value: number) => floatOf(c, kind, value);
  const is = (wanted: number) => c.eq(relation, wanted);
  c.set(y, c.select(is(RELATION.less), number(1), number(0)));
  c.set(x, c.select(is(RELATION.greater), number(1), number(0)));
  c.if(is(RELATION.unordered), () => c.set(x, number(Number.NaN)));
};

/** COMISD, UCOMISD: ZF, PF and CF from the comparison; OF, SF and AF cleared. */
export const compareFlags = (kind: Kind, quiet: boolean): Semantics =>
  sse((o) => {
    const { c } = o;
    const v = vector(c);
    const [a, b] = [o.getLow(0, kind.scalar), o.getLow(1, kind.scalar)];
    const x = variable(c, a);
    const y = variable(c, b);
    // A NaN if one of them is one, or both are infinite.
    const sum = c.keep(c.op2(kind.type, 'add', a, b));
    const [usual, unusual] = [c.label('usual'), c.label('unusual')];
    c.block(usual, () => {
      c.block(unusual, () => {
        c.break(unusual, c.op2(kind.type, 'ne', sum, sum));
        c.break(unusual, c.eqz(c.and(o.usualExponents(), USUAL)));
        c.break(usual);
      });
      const operands = [c.keep(v.splat(kind.shape, a)), c.keep(v.splat(kind.shape, b))] as const;
      const relation = v.lane('i32x4', exactly(o, `comi${kind.scalar}`, operands, Number(quiet)), 0);
      standFor(c, kind, c.keep(relation), x, y);
    });
    const compare = (operation: string) => c.op2(kind.type, operation, c.get(x), c.get(y));
    const ordered = () => c.or(compare('lt'), compare('ge'));
    o.define({
      kind: 'words',
      bits: 32,
      // CF: less, or unordered.
      carryA: () => c.const(0),
      carryB: () => c.eqz(compare('ge')),
      // ZF: equal, or unordered; PF: only unordered, so that for equal numbers it is turned.
      result: () => c.and(compare('ne'), ordered()),
      parity: () => c.shl(compare('eq'), 8),
    });
  });

// ---- Approximations -----------------------------------------------------------------------------------------------

/** RCPPS, RSQRTPS: better than they have to be; denormals count as zeros, tiny results are zeros, nothing is raised. */
export const approximate = (name: 'rcp' | 'rsqrt', packed: boolean): Semantics =>
  sse((o) => {
    const { c } = o;
    const v = vector(c);
    const b = o.getVector(1);
    const a = packed ? b : o.getVector(0);
    const signs = () => v.words(0x8000_0000);
    const isZero = (value: Val) => v.binary('i32x4', 'eq')(v.and(value, v.words(0x7f80_0000)), v.zero());
    const flushed = (value: Val) => c.keep(v.choose(isZero(value), v.and(value, signs()), value));
    const operand = flushed(b);
    const one = v.words(0x3f80_0000);
    const root = name === 'rcp' ? operand : v.unary('f32x4', 'sqrt')(operand);
    const result = flushed(c.keep(v.binary('f32x4', 'div')(one, root)));
    const nan = c.keep(v.binary('f32x4', 'ne')(b, b));
    const quieted = v.choose(nan, v.or(b, v.words(0x0040_0000)), withoutNegative(v, c, name, operand, result));
    o.setVector(0, below(v, SINGLE, packed, a, quieted));
  });
/** The root of a negative number is the default NaN. */
const withoutNegative = (v: Vector, c: Code, name: 'rcp' | 'rsqrt', operand: Val, result: Val): Val => {
  if (name === 'rcp') return result;
  const negative = c.keep(v.binary('f32x4', 'lt')(operand, v.zero()));
  return v.choose(negative, v.words(0xffc0_0000), result);
};
