/**
 * SSE arithmetic. WebAssembly computes what SSE does wherever MXCSR and the operands are ordinary, which is cheap to see
 * afterwards: no operand with exponent 0, and a result that is a normal number. All else (zeros and denormals, NaNs,
 * infinities, tiny results, other rounding, exceptions that count) is the business of exact functions, see sse/.
 */
import { STATE } from '../layout.ts';
import type { Code, Operand, Val } from '../wasm/code.ts';
import { IOTA, type Vector, vector } from '../wasm/vector.ts';
import type { Ops, Semantics } from './ops.ts';
import { sse } from './simd.ts';

/** Single and double precision, as lanes of a vector. */
export interface Kind {
  readonly type: 'f32' | 'f64';
  readonly shape: 'f32x4' | 'f64x2';
  readonly integers: 'i32x4' | 'i64x2';
  readonly scalar: 'ss' | 'sd';
  readonly packed: 'ps' | 'pd';
  readonly lanes: 4 | 2;
  /** The doubleword of the low lane that has the exponent, the exponent's bits in it, and the lowest of these. */
  readonly word: 0 | 1;
  readonly exponent: number;
  readonly unit: number;
}
export const SINGLE: Kind = {
  type: 'f32',
  shape: 'f32x4',
  integers: 'i32x4',
  scalar: 'ss',
  packed: 'ps',
  lanes: 4,
  word: 0,
  exponent: 0x7f80_0000,
  unit: 0x0080_0000,
};
export const DOUBLE: Kind = {
  type: 'f64',
  shape: 'f64x2',
  integers: 'i64x2',
  scalar: 'sd',
  packed: 'pd',
  lanes: 2,
  word: 1,
  exponent: 0x7ff0_0000,
  unit: 0x0010_0000,
};

const SIGN = 0x8000_0000;

/** A doubleword with bit 31 set where a condition (0 or 1) holds. */
const flag = (c: Code, condition: Val): Val => c.sub(0, condition);
const any = (c: Code, first: Val, ...rest: Val[]): Val => rest.reduce((a, b) => c.or(a, b), first);

/**
 * What tells extraordinary values, one lane of a scalar or all of a packed operand: words, or vectors of them, with
 * bit 31 set for such a value.
 */
interface Detector {
  /** Zeros and denormal numbers. */
  exponentZero(value: Val): Val;
  /** All but normal numbers. */
  notNormal(value: Val): Val;
  /** One word of several of these. */
  anyOf(...found: Val[]): Val;
}

const scalarDetector = (c: Code, { word, exponent, unit }: Kind): Detector => {
  const high = (value: Val) => vector(c).lane('i32x4', value, word);
  return {
    exponentZero: (value) => c.sub(c.and(high(value), exponent), 1),
    // One more makes 0 and 1 of the lowest and the highest exponent, but for the carry and the last bit.
    notNormal: (value) => c.sub(c.and(c.add(high(value), unit), exponent & (exponent << 1)), 1),
    anyOf: (first, ...rest) => any(c, first!, ...rest),
  };
};

const packedDetector = (c: Code, { integers, exponent, unit }: Kind): Detector => {
  const v = vector(c);
  /** A doubleword of each lane, at its top. */
  const tops = (word: number): Val =>
    v.constant(IOTA.map((n) => (integers === 'i64x2' && (n & 7) < 4 ? 0 : (word >>> (8 * (n & 3))) & 0xff)));
  const one = (): Val => tops(unit);
  const borrow = (value: Val): Val => v.binary(integers, 'sub')(value, one());
  return {
    exponentZero: (value) => borrow(v.and(value, tops(exponent))),
    notNormal: (value) => borrow(v.and(v.binary(integers, 'add')(value, one()), tops(exponent & (exponent << 1)))),
    anyOf: (first, ...rest) => {
      const all = rest.reduce((a, b) => v.or(a, b), first!);
      return flag(c, c.ne(v.bitmask(integers)(all), 0));
    },
  };
};
const detector = (c: Code, kind: Kind, packed: boolean): Detector =>
  packed ? packedDetector(c, kind) : scalarDetector(c, kind);

/** Runs the exact function where bit 31 of `unusual` is set; `quick` is the result elsewhere. */
export const settle = (
  o: Ops,
  name: string,
  [a, b]: readonly [Val, Val],
  quick: Val,
  unusual: (result: Val) => Val,
  immediate: Operand = 0,
): Val => {
  const { c } = o;
  const result = c.newLocal('v128');
  c.set(result, quick);
  c.if(c.and(unusual(c.get(result)), SIGN), () => {
    c.set(result, c.call(o.helper(`sse_${name}`), a, b, immediate));
    const raised = c.keep(c.load(STATE.simdVector));
    o.raiseIf(raised, raised);
  });
  return c.get(result);
};

/** Bit 31 set where MXCSR asks for the exact functions. */
const unusualControl = (o: Ops): Val => o.c.keep(flag(o.c, o.c.eqz(o.ordinaryControl())));

export type Operation = 'add' | 'sub' | 'mul' | 'div';

/** One operation of WebAssembly on the low lane: operand 0's other lanes stay. */
const onLow = (c: Code, kind: Kind, operation: string, a: Val, b: Val): Val => {
  const v = vector(c);
  const result = c.op2(kind.type, operation, v.lane(kind.shape, a, 0), v.lane(kind.shape, b, 0));
  return v.replaceLane(kind.shape, a, 0, result);
};

/** ADDSD, ADDPS, …; `mnemonic` names the exact function. */
export const arithmetic = (operation: Operation, kind: Kind, packed: boolean): Semantics =>
  sse((o) => {
    const { c } = o;
    const a = o.getVector(0);
    const b = o.getVector(1);
    const control = unusualControl(o);
    const d = detector(c, kind, packed);
    const quick = packed ? vector(c).binary(kind.shape, operation)(a, b) : onLow(c, kind, operation, a, b);
    const result = settle(o, operation + (packed ? kind.packed : kind.scalar), [a, b], quick, (r) =>
      c.or(control, d.anyOf(d.notNormal(r), d.exponentZero(a), d.exponentZero(b))),
    );
    o.setVector(0, result);
  });

/** SQRTSD, …: of operand 1. */
export const squareRoot = (kind: Kind, packed: boolean): Semantics =>
  sse((o) => {
    const { c } = o;
    const v = vector(c);
    const b = o.getVector(1);
    const a = packed ? b : o.getVector(0);
    const control = unusualControl(o);
    const d = detector(c, kind, packed);
    const quick = packed
      ? v.unary(kind.shape, 'sqrt')(b)
      : v.replaceLane(kind.shape, a, 0, c.op1(kind.type, 'sqrt', v.lane(kind.shape, b, 0)));
    const result = settle(o, `sqrt${packed ? kind.packed : kind.scalar}`, [a, b], quick, (r) =>
      c.or(control, d.anyOf(d.notNormal(r), d.exponentZero(b))),
    );
    o.setVector(0, result);
  });

/** Lanes of a and b side by side, summed in pairs: HADDPS, HSUBPD. */
export const horizontal = (operation: 'add' | 'sub', kind: Kind): Semantics =>
  sse((o) => {
    const { c } = o;
    const v = vector(c);
    const [a, b] = [o.getVector(0), o.getVector(1)];
    const bytes = 16 / kind.lanes;
    const every = (from: number): number[] =>
      IOTA.map((n) => ((2 * Math.floor(n / bytes) + from) * bytes + (n % bytes)) % 32);
    const even = c.keep(v.shuffle(a, b, every(0)));
    const odd = c.keep(v.shuffle(a, b, every(1)));
    const control = unusualControl(o);
    const d = packedDetector(c, kind);
    const result = settle(o, operation + kind.packed, [even, odd], v.binary(kind.shape, operation)(even, odd), (r) =>
      c.or(control, d.anyOf(d.notNormal(r), d.exponentZero(even), d.exponentZero(odd))),
    );
    o.setVector(0, result);
  });

/** ADDSUBPS, ADDSUBPD: even lanes subtracted, odd ones added. */
export const addSubtract = (kind: Kind): Semantics =>
  sse((o) => {
    const { c } = o;
    const v = vector(c);
    const [a, b] = [o.getVector(0), o.getVector(1)];
    const bytes = 16 / kind.lanes;
    const odd = IOTA.map((n) => (Math.floor(n / bytes) & 1 ? n + 16 : n));
    const control = unusualControl(o);
    const d = packedDetector(c, kind);
    const quick = v.shuffle(v.binary(kind.shape, 'sub')(a, b), v.binary(kind.shape, 'add')(a, b), odd);
    const result = settle(o, `addsub${kind.packed}`, [a, b], quick, (r) =>
      c.or(control, d.anyOf(d.notNormal(r), d.exponentZero(a), d.exponentZero(b))),
    );
    o.setVector(0, result);
  });

// ---- Comparisons --------------------------------------------------------------------------------------------------

/** Lanes, as masks, that are denormal numbers or NaNs. */
const odd = (v: Vector, { shape, integers, unit }: Kind, value: Val): Val => {
  const top = (word: number): number[] =>
    IOTA.map((n) => (integers === 'i64x2' && (n & 7) < 4 ? 0 : (word >>> (8 * (n & 3))) & 0xff));
  const magnitude = () => v.unary(shape, 'abs')(value);
  const small = v.binary(integers, 'lt_s')(magnitude(), v.constant(top(unit)));
  const denormal = v.and(small, v.binary(integers, 'gt_s')(magnitude(), v.zero()));
  return v.or(denormal, v.binary(shape, 'ne')(value, value));
};
/** Bit 31 set where one of the lanes compared is odd. */
const oddOperands = (c: Code, kind: Kind, packed: boolean, a: Val, b: Val): Val => {
  const v = vector(c);
  if (!packed) {
    // Only the low lanes count.
    const bytes = 16 / kind.lanes;
    const both = c.keep(
      v.shuffle(
        a,
        b,
        IOTA.map((n) => (n < bytes ? n : 16 + (n % bytes))),
      ),
    );
    return flag(c, v.anyTrue(odd(v, kind, both)));
  }
  return flag(c, v.anyTrue(v.or(odd(v, kind, a), odd(v, kind, b))));
};

/** What may stay of a vector that only its low lane is wanted of. */
const lowOf = (v: Vector, kind: Kind, packed: boolean, a: Val, result: Val): Val => {
  if (packed) return result;
  const bytes = 16 / kind.lanes;
  return v.shuffle(
    a,
    result,
    IOTA.map((n) => (n < bytes ? n + 16 : n)),
  );
};

/** MINSD, …: operand 1 unless operand 0 is less (greater). */
export const extreme = (name: 'min' | 'max', kind: Kind, packed: boolean): Semantics =>
  sse((o) => {
    const { c } = o;
    const v = vector(c);
    const [a, b] = [o.getVector(0), o.getVector(1)];
    const control = unusualControl(o);
    const first = v.binary(kind.shape, name === 'min' ? 'lt' : 'gt')(a, b);
    const quick = lowOf(v, kind, packed, a, v.choose(first, a, b));
    const exact = name + (packed ? kind.packed : kind.scalar);
    o.setVector(
      0,
      settle(o, exact, [a, b], quick, () => c.or(control, oddOperands(c, kind, packed, a, b))),
    );
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
    const control = unusualControl(o);
    const quick = lowOf(v, kind, packed, a, predicateMask(c, kind, a, b, predicate));
    const exact = `cmp${packed ? kind.packed : kind.scalar}`;
    const unusual = () => c.or(control, oddOperands(c, kind, packed, a, b));
    o.setVector(0, settle(o, exact, [a, b], quick, unusual, predicate));
  });

/** COMISD, UCOMISD: ZF, PF and CF from the comparison; OF, SF and AF cleared. */
export const compareFlags = (kind: Kind, quiet: boolean): Semantics =>
  sse((o) => {
    const { c } = o;
    const v = vector(c);
    const [a, b] = [o.getVector(0), o.getVector(1)];
    const control = unusualControl(o);
    // What it would give is known already: the exact function is called for the exceptions.
    settle(o, `comi${kind.scalar}`, [a, b], a, () => c.or(control, oddOperands(c, kind, false, a, b)), Number(quiet));
    const compare = (operation: string) =>
      c.op2(kind.type, operation, v.lane(kind.shape, a, 0), v.lane(kind.shape, b, 0));
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
    const signs = () => v.words(SIGN);
    const isZero = (value: Val) => v.binary('i32x4', 'eq')(v.and(value, v.words(SINGLE.exponent)), v.zero());
    const flushed = (value: Val) => c.keep(v.choose(isZero(value), v.and(value, signs()), value));
    const operand = flushed(b);
    const one = v.words(0x3f80_0000);
    const root = name === 'rcp' ? operand : v.unary('f32x4', 'sqrt')(operand);
    const result = flushed(c.keep(v.binary('f32x4', 'div')(one, root)));
    const nan = c.keep(v.binary('f32x4', 'ne')(b, b));
    const quieted = v.choose(nan, v.or(b, v.words(0x0040_0000)), withoutNegative(v, c, name, operand, result));
    o.setVector(0, lowOf(v, SINGLE, packed, a, quieted));
  });
/** The root of a negative number is the default NaN. */
const withoutNegative = (v: Vector, c: Code, name: 'rcp' | 'rsqrt', operand: Val, result: Val): Val => {
  if (name === 'rcp') return result;
  const negative = c.keep(v.binary('f32x4', 'lt')(operand, v.zero()));
  return v.choose(negative, v.words(0xffc0_0000), result);
};
