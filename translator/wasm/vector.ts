/** Operations on v128 values in generated code, by the names that binaryen has for them. */
import type binaryen from 'binaryen';
import type { Code, Operand, Type, Val } from './code.ts';

/** How 128 bits are seen. */
export type Shape = 'i8x16' | 'i16x8' | 'i32x4' | 'i64x2' | 'f32x4' | 'f64x2' | 'v128';

type Ref = binaryen.ExpressionRef;
type Build = (...args: (Ref | number | readonly number[])[]) => Ref;
const operation = (module: binaryen.Module, shape: Shape, name: string): Build => {
  const build = (module[shape] as unknown as Record<string, Build>)[name];
  if (!build) throw new Error(`no operation ${shape}.${name}`);
  return build;
};

const LANE_TYPES: Readonly<Record<Exclude<Shape, 'v128'>, Type>> = {
  i8x16: 'i32',
  i16x8: 'i32',
  i32x4: 'i32',
  i64x2: 'i64',
  f32x4: 'f32',
  f64x2: 'f64',
};
export type LaneShape = keyof typeof LANE_TYPES;

/** Bytes 0, 1, 2, … of one vector. */
export const IOTA: readonly number[] = Array.from({ length: 16 }, (_, n) => n);

/** v128 operations on `c`. Results are expressions: whoever uses one twice keeps it. */
export const vector = (c: Code) => {
  const constant = (bytes: readonly number[]): Val => c.make('v128', [], (m) => m.v128.const([...bytes]));
  const binary =
    (shape: Shape, name: string) =>
    (a: Val, b: Val): Val =>
      c.make('v128', [a, b], (m, x, y) => operation(m, shape, name)(x!, y!));
  const unary =
    (shape: Shape, name: string) =>
    (a: Val): Val =>
      c.make('v128', [a], (m, x) => operation(m, shape, name)(x!));
  const toWord = (shape: Shape, name: string) => (a: Val) =>
    c.make('i32', [a], (m, x) => operation(m, shape, name)(x!));
  const signed = (shape: Shape): string => (shape === 'i8x16' || shape === 'i16x8' ? 'extract_lane_u' : 'extract_lane');
  return {
    /** 16 bytes, the lowest first. */
    constant,
    /** The same 32 bits four times. */
    words: (word: number): Val => constant(IOTA.map((n) => (word >>> (8 * (n & 3))) & 0xff)),
    /** The same byte 16 times. */
    bytes: (byte: number): Val => constant(IOTA.map(() => byte)),
    zero: (): Val => constant(new Array<number>(16).fill(0)),
    binary,
    unary,
    and: binary('v128', 'and'),
    or: binary('v128', 'or'),
    xor: binary('v128', 'xor'),
    /** a and not b. */
    andNot: binary('v128', 'andnot'),
    not: unary('v128', 'not'),
    /** Bits of a where the mask is 1, of b elsewhere. */
    choose: (mask: Val, a: Val, b: Val): Val =>
      c.make('v128', [a, b, mask], (m, x, y, z) => m.v128.bitselect(x!, y!, z!)),
    anyTrue: toWord('v128', 'any_true'),
    allTrue: (shape: Shape) => toWord(shape, 'all_true'),
    /** The top bit of each lane. */
    bitmask: (shape: Shape) => toWord(shape, 'bitmask'),
    /** Zero-extended. */
    lane: (shape: LaneShape, a: Val, lane: number): Val =>
      c.make(LANE_TYPES[shape], [a], (m, x) => operation(m, shape, signed(shape))(x!, lane)),
    replaceLane: (shape: LaneShape, a: Val, lane: number, value: Val): Val =>
      c.make('v128', [a, value], (m, x, y) => operation(m, shape, 'replace_lane')(x!, lane, y!)),
    /** from − a · b of doubles; rounded once where the machine can (fused.ts), else twice. */
    lessProduct: (from: Val, a: Val, b: Val): Val => c.lessProduct(from, a, b),
    splat: (shape: LaneShape, value: Val): Val => c.make('v128', [value], (m, x) => operation(m, shape, 'splat')(x!)),
    /** Bytes of a (0-15) and b (16-31). */
    shuffle: (a: Val, b: Val, bytes: readonly number[]): Val =>
      c.make('v128', [a, b], (m, x, y) => m.i8x16.shuffle(x!, y!, [...bytes])),
    /** Bytes of a by the indices in b; 0 for those beyond 15. */
    swizzle: binary('i8x16', 'swizzle'),
    shift: (shape: Shape, name: 'shl' | 'shr_u' | 'shr_s', a: Val, bits: Operand): Val =>
      c.make('v128', [a, c.val(bits)], (m, x, y) => operation(m, shape, name)(x!, y!)),
    /** The low `bits` bits from memory, zeros above. */
    load: (address: Val, bits: number, offset = 0): Val =>
      c.make('v128', [address], (m, p) => {
        if (bits === 128) return m.v128.load(offset, 1, p!);
        return bits === 64 ? m.v128.load64_zero(offset, 1, p!) : m.v128.load32_zero(offset, 1, p!);
      }),
    /** Stores the low `bits` bits. */
    store: (address: Val, value: Val, bits: number, offset = 0): void =>
      c.effect([address, value], (m, p, v) => {
        if (bits === 128) return m.v128.store(offset, 1, p!, v!);
        return bits === 64 ? m.v128.store64_lane(offset, 1, 0, p!, v!) : m.v128.store32_lane(offset, 1, 0, p!, v!);
      }),
  };
};
export type Vector = ReturnType<typeof vector>;
