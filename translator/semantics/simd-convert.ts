/** Conversions between floats, and between floats and integers. SDM vol. 2, CVT… */
import { enterMmx } from '../sse/mmx.ts';
import type { Val } from '../wasm/code.ts';
import { IOTA, type Vector, vector } from '../wasm/vector.ts';
import type { Ops, Semantics } from './ops.ts';
import { sse, sseWithMmx } from './simd.ts';
import {
  DOUBLE,
  exactly,
  floatOf,
  inLanes,
  type Kind,
  notNormalLanes,
  SINGLE,
  settle,
  settleLow,
} from './simd-usual.ts';

// ---- Between formats ----------------------------------------------------------------------------------------------

const kept = (v: Vector, a: Val, result: Val, bytes: number): Val =>
  v.shuffle(
    a,
    result,
    IOTA.map((n) => (n < bytes ? n + 16 : n)),
  );

/** CVTPS2PD. */
export const widen: Semantics = sse((o) => {
  const { c } = o;
  const v = vector(c);
  const b = o.getVector(1);
  const control = o.unusualControl();
  const quick = v.unary('f64x2', 'promote_low_f32x4')(b);
  const unusual = () => [control, inLanes(c, SINGLE, notNormalLanes(v, SINGLE, b), 2)];
  o.setVector(0, settle(o, 'cvtps2pd', [b, b], quick, unusual));
});

/** CVTPD2PS. */
export const narrow: Semantics = sse((o) => {
  const { c } = o;
  const v = vector(c);
  const b = o.getVector(1);
  const control = o.unusualControl();
  const quick = v.unary('f32x4', 'demote_f64x2_zero')(b);
  const unusual = (r: Val) => [
    control,
    inLanes(c, DOUBLE, notNormalLanes(v, DOUBLE, b), 2),
    inLanes(c, SINGLE, notNormalLanes(v, SINGLE, r), 2),
  ];
  o.setVector(0, settle(o, 'cvtpd2ps', [b, b], quick, unusual));
});

/** CVTSS2SD, CVTSD2SS. */
export const convertLow = (from: Kind, to: Kind, operation: 'promote' | 'demote'): Semantics =>
  sse((o) => {
    const { c } = o;
    const b = o.getLow(1, from.scalar);
    settleLow(o, {
      name: `cvt${from.scalar}2${to.scalar}`,
      from,
      to,
      operands: [b, b],
      quick: c.op1(to.type, operation, b),
      zero: () => c.op2(from.type, 'eq', b, floatOf(c, from, 0)),
    });
  });

// ---- From integers ------------------------------------------------------------------------------------------------

/** CVTSI2SD: always exact. */
export const doubleFromGeneral: Semantics = sse((o) => o.setLow('sd', o.c.op1('f64', 'convert_s.i32', o.get(1))));
/** CVTSI2SS. */
export const singleFromGeneral: Semantics = sse((o) => {
  const { c } = o;
  const v = vector(c);
  const a = o.getVector(0);
  const b = c.keep(o.get(1));
  const control = o.unusualControl();
  const quick = v.replaceLane('f32x4', a, 0, c.op1('f32', 'convert_s.i32', b));
  const operand = c.keep(v.splat('i32x4', b));
  o.setVector(
    0,
    settle(o, 'cvtsi2ss', [a, operand], quick, () => [control]),
  );
});
/** CVTDQ2PD, CVTPI2PD: always exact. */
const toDoubles = (o: Ops): void => o.setVector(0, vector(o.c).unary('f64x2', 'convert_low_i32x4_s')(o.getVector(1)));
export const doublesFromIntegers: Semantics = sse(toDoubles);
/** From an MMX register; from memory it has nothing to do with the FPU. */
export const doublesFromMmx: Semantics = sseWithMmx((o) => {
  toDoubles(o);
  enterMmx(o.c);
});
/** CVTDQ2PS. */
export const singlesFromIntegers: Semantics = sse((o) => {
  const b = o.getVector(1);
  const control = o.unusualControl();
  const quick = vector(o.c).unary('f32x4', 'convert_i32x4_s')(b);
  o.setVector(
    0,
    settle(o, 'cvtdq2ps', [b, b], quick, () => [control]),
  );
});
/** CVTPI2PS: two, below what operand 0 has. */
const toTwoSingles = (o: Ops): void => {
  const v = vector(o.c);
  const a = o.getVector(0);
  const b = o.getVector(1);
  const control = o.unusualControl();
  const quick = kept(v, a, v.unary('f32x4', 'convert_i32x4_s')(b), 8);
  o.setVector(
    0,
    settle(o, 'cvtpi2ps', [a, b], quick, () => [control]),
  );
};
export const twoSinglesFromIntegers: Semantics = sse(toTwoSingles);
export const twoSinglesFromMmx: Semantics = sseWithMmx((o) => {
  // The FPU is taken before an exception is raised.
  enterMmx(o.c);
  toTwoSingles(o);
});

// ---- To integers --------------------------------------------------------------------------------------------------

/** To a general register. WebAssembly's conversion saturates, and gives 0 for NaNs. */
export const toGeneral = (kind: Kind, truncate: boolean): Semantics =>
  sse((o) => {
    const { c } = o;
    const v = vector(c);
    const b = o.getLow(1, kind.scalar);
    const whole = c.keep(truncate ? b : c.op1(kind.type, 'nearest', b));
    const fits = c.keep(c.op2(kind.type, 'lt', c.op1(kind.type, 'abs', whole), floatOf(c, kind, 2 ** 31)));
    const result = c.newLocal();
    const exact = () => {
      const operand = c.keep(v.splat(kind.shape, b));
      const name = `cvt${kind.scalar}2si`;
      c.set(result, v.lane('i32x4', exactly(o, name, [operand, operand], Number(truncate)), 0));
    };
    const quick = () => c.set(result, c.op1('i32', `trunc_s_sat.${kind.type}`, whole));
    c.if(c.and(fits, c.ne(o.usualExponents(), 0)), quick, exact);
    o.set(0, c.get(result));
  });
/** Makes 0 and 1 of the largest and the smallest integer. */
const SATURATED = 0x8000_0001;

/** Lanes to integers, in the low lanes of a vector. */
const integers = (o: Ops, kind: Kind, name: string, lanes: number, truncate: boolean, b: Val): Val => {
  const { c } = o;
  const v = vector(c);
  const control = o.unusualControl();
  const whole = truncate ? b : v.unary(kind.shape, 'nearest')(b);
  const quick = v.unary('i32x4', kind === SINGLE ? 'trunc_sat_f32x4_s' : 'trunc_sat_f64x2_s_zero')(whole);
  const unusual = (result: Val) => {
    const beyond = v.binary('i32x4', 'lt_u')(v.binary('i32x4', 'add')(result, v.words(SATURATED)), v.words(2));
    return [
      control,
      inLanes(c, SINGLE, beyond, lanes),
      inLanes(c, kind, v.binary(kind.shape, 'ne')(b, b), Math.min(lanes, kind.lanes)),
    ];
  };
  return settle(o, name, [b, b], quick, unusual, { immediate: Number(truncate) });
};

/** CVTPS2DQ, CVTPD2DQ and those with truncation. */
export const toIntegers = (kind: Kind, truncate: boolean): Semantics =>
  sse((o) => o.setVector(0, integers(o, kind, `cvt${kind.packed}2dq`, kind.lanes, truncate, o.getVector(1))));
/** CVTPS2PI, CVTPD2PI and those with truncation. */
export const toMmx = (kind: Kind, truncate: boolean): Semantics =>
  sseWithMmx((o) => {
    const b = o.getVector(1);
    // The FPU is taken before an exception is raised.
    enterMmx(o.c);
    o.setVector(0, integers(o, kind, kind === SINGLE ? 'cvtps2pi' : 'cvtpd2dq', 2, truncate, b));
  });
