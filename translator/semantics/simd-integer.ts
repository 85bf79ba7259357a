/** Integer arithmetic on vectors: MMX, and the same in XMM registers. SDM vol. 2. */

import { enterMmx } from '../sse/mmx.ts';
import type { Code, Val } from '../wasm/code.ts';
import { IOTA, type LaneShape, type Shape, type Vector, vector } from '../wasm/vector.ts';
import type { Semantics } from './ops.ts';
import { type Binary, type Bits, deliver, onBits } from './simd.ts';

/** Bits of a lane. */
const WIDTHS: Readonly<Record<LaneShape, number>> = { i8x16: 8, i16x8: 16, i32x4: 32, i64x2: 64, f32x4: 32, f64x2: 64 };

/** One WebAssembly operation. */
export const plain =
  (shape: Shape, name: string): Binary =>
  (v, a, b) =>
    v.binary(shape, name)(a, b);

export const andNot: Binary = (v, a, b) => v.andNot(b, a);

/** PXOR, XORPS, XORPD: how registers are cleared, too. */
export const exclusiveOr = (bits: Bits): Semantics =>
  onBits(bits, (o) => {
    if (o.clearIfSame()) return;
    const a = o.getVector(0);
    deliver(o, bits, vector(o.c).xor(a, o.getVector(1)));
  });

/** Both operands' 64 bits as one vector: what makes MMX operations on whole operands from those of 128 bits. */
const LOW_HALVES = [...IOTA.slice(0, 8), ...IOTA.slice(0, 8).map((n) => n + 16)];
const joined = (v: Vector, a: Val, b: Val): Val => v.shuffle(a, b, LOW_HALVES);

/** PACKSSWB and its kin: lanes of a, then those of b, each half as wide. */
export const narrow =
  (shape: Shape, name: string): Binary =>
  (v, a, b, bits) =>
    bits === 128 ? v.binary(shape, name)(a, b) : v.binary(shape, name)(joined(v, a, b), v.zero());

/** Bytes of an unpacked half: `width` bytes of a and b in turn, from byte `first` on. */
const interleaved = (width: number, first: number): number[] =>
  IOTA.map((n) => {
    const element = Math.floor(n / width);
    return first + (element >> 1) * width + (n % width) + (element & 1 ? 16 : 0);
  });
/** PUNPCKLBW and its kin; `width` in bytes. */
export const unpackLow =
  (width: number): Binary =>
  (v, a, b) =>
    v.shuffle(a, b, interleaved(width, 0));
export const unpackHigh =
  (width: number): Binary =>
  (v, a, b, bits) =>
    v.shuffle(
      a,
      b,
      interleaved(width, bits / 16).map((n) => n & 31),
    );

/** PMULHW, PMULHUW: the upper halves of the products. */
const UPPER_WORDS = Array.from({ length: 8 }, (_, n) => [4 * n + 2, 4 * n + 3]).flat();
export const multiplyHigh =
  (sign: 's' | 'u'): Binary =>
  (v, a, b) => {
    const product = (half: string) => v.binary('i32x4', `extmul_${half}_i16x8_${sign}`)(a, b);
    return v.shuffle(product('low'), product('high'), UPPER_WORDS);
  };

/** PMULUDQ: the even doublewords. */
const EVEN = [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11];
export const multiplyEven: Binary = (v, a, b) =>
  v.binary('i64x2', 'extmul_low_i32x4_u')(v.shuffle(a, a, EVEN), v.shuffle(b, b, EVEN));

/** PSADBW: sums of absolute differences of eight bytes each. */
export const sumOfDifferences = (bits: Bits): Semantics =>
  onBits(bits, (o) => {
    const { c } = o;
    const v = vector(c);
    const a = o.getVector(0);
    const b = o.getVector(1);
    const below = (x: Val, y: Val) => v.binary('i8x16', 'sub_saturate_u')(x, y);
    const pairs = v.unary('i16x8', 'extadd_pairwise_i8x16_u')(v.or(below(a, b), below(b, a)));
    const fours = c.keep(v.unary('i32x4', 'extadd_pairwise_i16x8_u')(pairs));
    const eights = v.binary('i32x4', 'add')(fours, v.shift('i64x2', 'shr_u', fours, 32));
    deliver(o, bits, v.and(eights, v.constant(IOTA.map((n) => ((n & 7) < 4 ? 0xff : 0)))));
  });

// ---- SSSE3 --------------------------------------------------------------------------------------------------

/** Byte `position` of operand 0 with operand 1 behind it, as an index for SHUFFLE. */
const inBoth = (position: number, bits: Bits): number => {
  const bytes = bits / 8;
  return position % (2 * bytes) < bytes ? position % bytes : 16 + (position % bytes);
};
/** PHADDW, PHSUBD, …: each pair of neighbours becomes one lane. */
export const inPairs =
  (shape: 'i16x8' | 'i32x4', name: string): Binary =>
  (v, a, b, bits) => {
    const width = WIDTHS[shape] / 8;
    const every = (from: number): Val =>
      v.shuffle(
        a,
        b,
        IOTA.map((n) => inBoth((2 * Math.floor(n / width) + from) * width + (n % width), bits)),
      );
    return v.binary(shape, name)(every(0), every(1));
  };

/** PSHUFB: bytes of operand 0 by the numbers in operand 1, zeros where their top bit is set. */
export const shuffleBytes: Binary = (v, a, b, bits) => v.swizzle(a, v.and(b, v.bytes(0x80 | (bits / 8 - 1))));

/** PMADDUBSW: unsigned bytes by signed ones, the products of neighbours summed with saturation. */
export const multiplyAddBytes: Binary = (v, a, b) => {
  const times = v.binary('i16x8', 'mul');
  const even = times(v.and(a, v.words(0x00ff_00ff)), v.shift('i16x8', 'shr_s', v.shift('i16x8', 'shl', b, 8), 8));
  const odd = times(v.shift('i16x8', 'shr_u', a, 8), v.shift('i16x8', 'shr_s', b, 8));
  return v.binary('i16x8', 'add_saturate_s')(even, odd);
};

/** PMULHRSW. WebAssembly's saturates in the one case of two smallest words, whose product the manual lets wrap. */
export const multiplyRounded: Binary = (v, a, b) => {
  const smallest = (x: Val) => v.binary('i16x8', 'eq')(x, v.words(0x8000_8000));
  return v.xor(v.binary('i16x8', 'q15mulr_sat_s')(a, b), v.and(smallest(a), smallest(b)));
};

/** PSIGNB, …: lanes of operand 0 negated where operand 1 is negative, and zero where it is. */
export const withSign =
  (shape: 'i8x16' | 'i16x8' | 'i32x4'): Binary =>
  (v, a, b) => {
    const negative = () => v.binary(shape, 'lt_s')(b, v.zero());
    const signed = v.binary(shape, 'sub')(v.xor(a, negative()), negative());
    return v.andNot(signed, v.binary(shape, 'eq')(b, v.zero()));
  };
/** PABSB, …: of operand 1. */
export const magnitude =
  (shape: 'i8x16' | 'i16x8' | 'i32x4') =>
  (bits: Bits): Semantics =>
    onBits(bits, (o) => deliver(o, bits, vector(o.c).unary(shape, 'abs')(o.getVector(1))));

/** PALIGNR: operand 0 above operand 1, moved down by a number of bytes. */
export const alignRight = (bits: Bits): Semantics =>
  onBits(bits, (o) => {
    const { c } = o;
    const v = vector(c);
    const bytes = bits / 8;
    const a = o.getVector(0);
    const b = o.getVector(1);
    const by = c.keep(o.get(2));
    if (typeof by.constant !== 'number') {
      const moved = c.keep(movedBytes(c, by, true));
      deliver(o, bits, v.or(v.swizzle(b, moved), v.swizzle(a, v.binary('i8x16', 'sub')(moved, v.bytes(bytes)))));
      return;
    }
    const from = by.constant;
    const upper = IOTA.map((n) => Math.min(n + from - bytes, 16));
    const result =
      from > bytes
        ? v.shuffle(a, v.zero(), upper)
        : v.shuffle(
            b,
            a,
            IOTA.map((n) => inBoth(n + from, bits)),
          );
    deliver(o, bits, result);
  });

// ---- Shifts -------------------------------------------------------------------------------------------------

export type Shift = 'shl' | 'shr_u' | 'shr_s';

/** Shifts by a count that may reach beyond the lanes: nothing is left of them then, or nothing but the sign. */
const shifted = (c: Code, shape: LaneShape, name: Shift, a: Val, count: Val): Val => {
  const v = vector(c);
  const width = WIDTHS[shape];
  const n = c.keep(count);
  const beyond = c.geU(n, width);
  if (name === 'shr_s') return v.shift(shape, name, a, c.select(beyond, c.const(width - 1), n));
  if (typeof n.constant === 'number') return n.constant < width ? v.shift(shape, name, a, n) : v.zero();
  return c.select(beyond, c.keep(v.zero()), c.keep(v.shift(shape, name, a, n)));
};

/** By the low 64 bits of operand 1. */
export const shiftByVector =
  (shape: LaneShape, name: Shift) =>
  (bits: Bits): Semantics =>
    onBits(bits, (o) => {
      const { c } = o;
      const v = vector(c);
      const a = o.getVector(0);
      const b = o.getVector(1);
      const wide = c.op2('i64', 'gt_u', v.lane('i64x2', b, 0), 0xff);
      deliver(o, bits, shifted(c, shape, name, a, c.select(wide, c.const(0xff), v.lane('i32x4', b, 0))));
    });
export const shiftByImmediate =
  (shape: LaneShape, name: Shift) =>
  (bits: Bits): Semantics =>
    onBits(bits, (o) => deliver(o, bits, shifted(o.c, shape, name, o.getVector(0), o.get(1))));

/** Bytes IOTA + n, or IOTA − n: where the index leaves the vector, SWIZZLE gives 0. */
const movedBytes = (c: Code, n: Val, down: boolean): Val => {
  const v = vector(c);
  const amount = v.splat('i8x16', n);
  return v.binary('i8x16', down ? 'add_saturate_u' : 'sub')(v.constant(IOTA), amount);
};
const atMost16 = (c: Code, count: Val): Val => {
  const n = c.keep(count);
  return c.keep(c.select(c.geU(n, 16), c.const(16), n));
};
/** PSLLDQ, PSRLDQ. */
export const shiftBytes =
  (down: boolean) =>
  (bits: Bits): Semantics =>
    onBits(bits, (o) => {
      const { c } = o;
      const v = vector(c);
      const n = atMost16(c, o.get(1));
      const a = o.getVector(0);
      if (typeof n.constant !== 'number') {
        deliver(o, bits, v.swizzle(a, movedBytes(c, n, down)));
        return;
      }
      const by = down ? n.constant : -n.constant;
      const bytes = IOTA.map((at) => (at + by >= 0 && at + by < 16 ? at + by : 16));
      deliver(o, bits, v.shuffle(a, v.zero(), bytes));
    });

// ---- Words in general registers -------------------------------------------------------------------------------

/** PMOVMSKB, MOVMSKPS, MOVMSKPD: the top bits of the lanes. */
export const mask =
  (shape: Shape) =>
  (bits: Bits): Semantics =>
    onBits(bits, (o) => {
      const { c } = o;
      const signs = vector(c).bitmask(shape)(o.getVector(1));
      o.set(0, bits === 64 ? c.and(signs, 0xff) : signs);
      if (bits === 64) enterMmx(c);
    });

/** PEXTRW. */
export const extractWord = (bits: Bits): Semantics =>
  onBits(bits, (o) => {
    const { c } = o;
    const v = vector(c);
    const lane = c.keep(c.and(o.get(2), bits / 16 - 1));
    const a = o.getVector(1);
    const value =
      typeof lane.constant === 'number'
        ? v.lane('i16x8', a, lane.constant)
        : v.lane('i16x8', v.swizzle(a, movedBytes(c, c.shl(lane, 1), true)), 0);
    o.set(0, value);
    if (bits === 64) enterMmx(c);
  });

/** PINSRW. */
export const insertWord = (bits: Bits): Semantics =>
  onBits(bits, (o) => {
    const { c } = o;
    const v = vector(c);
    const word = c.keep(o.get(1));
    const lane = c.keep(c.and(o.get(2), bits / 16 - 1));
    const a = o.getVector(0);
    if (typeof lane.constant === 'number') {
      deliver(o, bits, v.replaceLane('i16x8', a, lane.constant, word));
      return;
    }
    const numbers = v.constant(IOTA.map((n) => (n & 1 ? 0 : n >> 1)));
    const here = v.binary('i16x8', 'eq')(numbers, v.splat('i16x8', lane));
    deliver(o, bits, v.choose(here, v.splat('i16x8', word), a));
  });
