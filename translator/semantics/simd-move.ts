/** Moves between vectors, memory and general registers, and shuffles. SDM vol. 2. */
import type { LaneKind } from '../isa/operands.ts';
import { STATE } from '../layout.ts';
import { enterMmx } from '../sse/mmx.ts';
import { VECTOR } from '../vectors.ts';
import type { Code, Val } from '../wasm/code.ts';
import { IOTA, vector } from '../wasm/vector.ts';
import type { Semantics } from './ops.ts';
import { type Bits, deliver, mmx, onBits, sse, sseWithMmx } from './simd.ts';

/** MOVAPS, MOVDQU, MOVQ, …: all of operand 1, zeros above where it is narrower memory. */
export const move = (bits: Bits): Semantics =>
  onBits(bits, (o) => {
    o.moveVector();
    if (bits === 64) enterMmx(o.c);
  });

/** MOVSS, MOVSD between registers, MOVLPS from memory: the low lane of operand 1, what is above stays. */
export const moveLow = (kind: LaneKind): Semantics => sse((o) => o.setLow(kind, o.getLow(1, kind)));
/** MOVHPS, MOVLHPS: the low half of operand 1 above that of operand 0. */
export const moveToHigh: Semantics = sse((o) => {
  const a = o.getVector(0);
  o.setVector(0, vector(o.c).shuffle(a, o.getVector(1), [...IOTA.slice(0, 8), ...IOTA.slice(0, 8).map((n) => n + 16)]));
});
const HIGH = IOTA.map((n) => (n & 7) + 8);
export const storeHigh: Semantics = sse((o) => {
  const a = o.getVector(1);
  o.setVector(0, vector(o.c).shuffle(a, a, HIGH));
});
/** MOVHLPS. */
export const moveHighToLow: Semantics = sse((o) => {
  const a = o.getVector(0);
  const b = o.getVector(1);
  o.setVector(0, vector(o.c).shuffle(b, a, [...IOTA.slice(8), ...IOTA.slice(8).map((n) => n + 16)]));
});

/** The low `bits` bits with zeros above. */
const onlyLow = (c: Code, a: Val, bits: 32 | 64): Val => {
  const v = vector(c);
  return v.and(a, v.constant(IOTA.map((n) => (n < bits / 8 ? 0xff : 0))));
};
/** MOVQ xmm, xmm/m64 and back, MOVQ2DQ, MOVDQ2Q: what a register has above is cleared. */
export const moveQuadword: Semantics = sse((o) => o.setVector(0, onlyLow(o.c, o.getVector(1), 64)));
export const fromMmx: Semantics = sseWithMmx((o) => {
  o.setVector(0, o.getVector(1));
  enterMmx(o.c);
});
export const toMmx: Semantics = sseWithMmx((o) => deliver(o, 64, o.getVector(1)));

/** MOVD from a general register or memory, and back. */
export const fromGeneral = (bits: Bits): Semantics =>
  onBits(bits, (o) => {
    const v = vector(o.c);
    const word = o.get(1);
    deliver(o, bits, v.replaceLane('i32x4', v.zero(), 0, word));
  });
export const toGeneral = (bits: Bits): Semantics =>
  onBits(bits, (o) => {
    o.set(0, vector(o.c).lane('i32x4', o.getVector(1), 0));
    if (bits === 64) enterMmx(o.c);
  });

// ---- Shuffles by an immediate -------------------------------------------------------------------------------------

/** For each lane of the result, which lane of the source `selector` bits at a time choose. */
interface Selection {
  /** Bytes of a lane. */
  readonly width: 2 | 4 | 8;
  /** First byte of the lanes to choose among, and the number of lanes chosen. */
  readonly first: number;
  readonly count: number;
  /** Bits of the immediate a lane takes. */
  readonly bits: 1 | 2;
  /** Where in the immediate it begins. */
  readonly from: number;
}
/** Indices of bytes, for an immediate that is known. */
const chosenBytes = (immediate: number, { width, first, count, bits, from }: Selection): number[] =>
  Array.from({ length: count * width }, (_, n) => {
    const lane = Math.floor(n / width);
    const choice = (immediate >> (from + bits * lane)) & ((1 << bits) - 1);
    return first + choice * width + (n % width);
  });
/** The same for one that is not: a vector of indices, with those before byte `at` and behind the lanes left as IOTA. */
const chosenVector = (c: Code, immediate: Val, selection: Selection, at: number): Val => {
  const v = vector(c);
  const { width, first, count, bits, from } = selection;
  const shape = width === 2 ? 'i16x8' : width === 4 ? 'i32x4' : 'i64x2';
  const low = at / width;
  const inside = (n: number) => n >= at && n < at + count * width;
  // A lane's index times its width in each byte, added to the bytes of the first lane.
  let offsets = v.zero();
  for (let lane = 0; lane < count; lane++) {
    const choice = c.and(c.shrU(immediate, from + bits * lane), (1 << bits) - 1);
    const spread = c.mul(c.mul(choice, width), 0x01010101);
    const value = width === 8 ? c.op2('i64', 'mul', c.extend64U(spread), c.const64(0x1_0000_0001n)) : spread;
    offsets = v.replaceLane(shape, offsets, low + lane, value);
  }
  const base = v.constant(IOTA.map((n) => (inside(n) ? first + (n % width) : n)));
  return v.binary('i8x16', 'add')(base, offsets);
};

/** PSHUFD, PSHUFLW, PSHUFHW, PSHUFW: lanes of operand 1 at `at`, the rest as it is. */
const shuffleOne =
  (selection: Selection, at: number) =>
  (bits: Bits): Semantics =>
    onBits(bits, (o) => {
      const { c } = o;
      const v = vector(c);
      const a = o.getVector(1);
      const immediate = c.keep(o.get(2));
      if (typeof immediate.constant !== 'number') {
        deliver(o, bits, v.swizzle(a, chosenVector(c, immediate, selection, at)));
        return;
      }
      const chosen = chosenBytes(immediate.constant, selection);
      deliver(
        o,
        bits,
        v.shuffle(
          a,
          a,
          IOTA.map((n) => chosen[n - at] ?? n),
        ),
      );
    });
export const shuffleDoublewords = shuffleOne({ width: 4, first: 0, count: 4, bits: 2, from: 0 }, 0);
export const shuffleLowWords = shuffleOne({ width: 2, first: 0, count: 4, bits: 2, from: 0 }, 0);
export const shuffleHighWords = shuffleOne({ width: 2, first: 8, count: 4, bits: 2, from: 0 }, 8);

/** SHUFPS, SHUFPD: lower lanes from operand 0, upper lanes from operand 1. */
const shuffleTwo = (width: 4 | 8): Semantics =>
  sse((o) => {
    const { c } = o;
    const v = vector(c);
    const a = o.getVector(0);
    const b = o.getVector(1);
    const immediate = c.keep(o.get(2));
    const bits = width === 4 ? 2 : 1;
    const count = 8 / width;
    const low: Selection = { width, first: 0, count, bits, from: 0 };
    const high: Selection = { width, first: 0, count, bits, from: bits * count };
    if (typeof immediate.constant === 'number') {
      const upper = chosenBytes(immediate.constant, high).map((n) => n + 16);
      o.setVector(0, v.shuffle(a, b, [...chosenBytes(immediate.constant, low), ...upper]));
      return;
    }
    const lower = c.keep(v.swizzle(a, chosenVector(c, immediate, low, 0)));
    const upper = c.keep(v.swizzle(b, chosenVector(c, immediate, high, 8)));
    o.setVector(
      0,
      v.shuffle(
        lower,
        upper,
        IOTA.map((n) => (n < 8 ? n : n + 16)),
      ),
    );
  });
export const shuffleSingles = shuffleTwo(4);
export const shuffleDoubles = shuffleTwo(8);

/** Copies of lanes: MOVSLDUP, MOVSHDUP, MOVDDUP. Bytes of operand 1. */
export const duplicate = (bytes: readonly number[]): Semantics =>
  sse((o) => {
    const a = o.getVector(1);
    o.setVector(0, vector(o.c).shuffle(a, a, bytes));
  });

// ---- Control ------------------------------------------------------------------------------------------------------

/** EMMS: all x87 registers are empty. */
export const emms: Semantics = mmx((o) => {
  enterMmx(o.c);
  o.c.store(STATE.fpuTag, 0xffff);
});

export const storeControl: Semantics = sse((o) => o.set(0, o.mxcsr()));
export const loadControl = (writable: number): Semantics =>
  sse((o) => {
    const value = o.c.keep(o.get(0));
    o.raiseIf(o.c.and(value, ~writable), o.c.const(VECTOR.GP), 0);
    o.setMxcsr(value);
  });

/** Fences and PREFETCH: nothing is reordered, and nothing cached. */
export const nothing: Semantics = () => {};
