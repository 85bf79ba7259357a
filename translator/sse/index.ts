/**
 * SSE arithmetic in every mode of MXCSR, as functions of the core module: what generated code calls where MXCSR or an
 * operand is not ordinary. Each takes operands 0 and 1 and an immediate and gives the result; exceptions are then in
 * MXCSR, and where one of them is unmasked STATE.simdVector says how to raise it.
 */
import { CR4 } from '../control-bits.ts';
import { STATE } from '../layout.ts';
import { VECTOR } from '../vectors.ts';
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { IOTA, type LaneShape, vector } from '../wasm/vector.ts';
import { F32, F64, type Format } from '../x87/float.ts';
import { EXCEPTIONS, SUPPRESSING } from '../x87/words.ts';
import {
  type BinaryName,
  defineBinary,
  defineConvert,
  defineFromInteger,
  defineRound,
  defineSqrt,
  type Parts,
} from './arithmetic.ts';
import { defineExtreme, defineMask, defineRelation, defineToInteger } from './compare.ts';
import { MASK_SHIFT, usualExponents } from './words.ts';

/** () → 0, or the vector of an exception that is unmasked: STATE.simdVector. Moves STATE.simdFlags to MXCSR. */
const defineCommit = (builder: ModuleBuilder): Callee =>
  builder.define('sse_commit', [], undefined, (c) => {
    const mxcsr = c.keep(c.load(STATE.mxcsr));
    const flags = c.newLocal();
    c.set(flags, c.load(STATE.simdFlags));
    const unmasked = c.keep(c.and(c.and(c.get(flags), c.xor(c.shrU(mxcsr, MASK_SHIFT), -1)), EXCEPTIONS));
    // An unmasked exception of operands keeps those of results from being looked for.
    c.if(c.and(unmasked, SUPPRESSING), () => c.set(flags, c.and(c.get(flags), SUPPRESSING)));
    c.store(STATE.mxcsr, c.or(mxcsr, c.get(flags)));
    // Without OSXMMEXCPT, #UD takes the place of #XM.
    const vectorNumber = c.select(c.and(c.load(STATE.cr4), CR4.OSXMMEXCPT), c.const(VECTOR.XM), c.const(VECTOR.UD));
    c.store(STATE.simdVector, c.select(unmasked, vectorNumber, c.const(0)));
    c.store(STATE.simdUsual, usualExponents(c, c.load(STATE.simdDenormal)));
  });

/** What lanes of an instruction are. */
type LaneKind = 'f32' | 'f64' | 'i32';
const SHAPES: Readonly<Record<LaneKind, LaneShape>> = { f32: 'i32x4', f64: 'i64x2', i32: 'i32x4' };

interface Instruction {
  readonly name: string;
  readonly from: LaneKind;
  readonly to: LaneKind;
  readonly lanes: number;
  /** Function of each lane. */
  readonly kernel: (lane: number) => Callee;
  /** What fills the rest of the result: operand 0, or zeros. */
  readonly rest: 'kept' | 'zero';
}

/** Keeps in mind that a lane of these is denormal. */
const noteDenormals = (c: Code, { name, bits, fraction }: Format, values: readonly Val[]): void => {
  const v = vector(c);
  const shape = name === 'f32' ? 'i32x4' : 'i64x2';
  const least = () => v.constant(IOTA.map((n) => Number((1n << BigInt(fraction)) >> BigInt((8 * n) % bits)) & 0xff));
  const denormal = (value: Val): Val => {
    const magnitude = c.keep(v.unary(name === 'f32' ? 'f32x4' : 'f64x2', 'abs')(value));
    return c.keep(v.and(v.binary(shape, 'lt_s')(magnitude, least()), v.binary(shape, 'gt_s')(magnitude, v.zero())));
  };
  const lanes = values.map(denormal).reduce((a, b) => v.or(a, b));
  c.store(STATE.simdDenormal, c.or(c.load(STATE.simdDenormal), v.anyTrue(lanes)));
};

const defineInstruction = (
  builder: ModuleBuilder,
  commit: Callee,
  { name, from, to, lanes, kernel, rest }: Instruction,
): Callee =>
  builder.define(`sse_${name}`, ['v128', 'v128', 'i32'], 'v128', (c, a, b, immediate) => {
    const v = vector(c);
    const bitsOf = (value: Val, n: number): Val => {
      const found = v.lane(SHAPES[from], value, n);
      return from === 'f64' ? found : c.extend64U(found);
    };
    const put = (into: Val, n: number, bits: Val): Val =>
      c.keep(v.replaceLane(SHAPES[to], into, n, to === 'f64' ? bits : c.wrap(bits)));
    c.store(STATE.simdFlags, 0);
    let result = rest === 'kept' ? c.get(a) : c.keep(v.zero());
    for (let n = 0; n < lanes; n++) {
      result = put(result, n, c.call(kernel(n), bitsOf(c.get(a), n), bitsOf(c.get(b), n), c.get(immediate)));
    }
    if (from === to) noteDenormals(c, to === 'f32' ? F32 : F64, [c.get(a), c.get(b), result]);
    c.call(commit);
    return result;
  });

/** Defines all; a record by name in the module. `x87`: the FPU's functions, defined in the same module. */
export const defineSse = (builder: ModuleBuilder, x87: Readonly<Record<string, Callee>>): Record<string, Callee> => {
  const commit = defineCommit(builder);
  const parts = (format: Format): Parts => ({
    format,
    widen: x87[`x87_widen_${format.name}`]!,
    round: defineRound(builder, format),
  });
  const formats = { f32: parts(F32), f64: parts(F64) };
  const instructions: Instruction[] = [];
  const same = (name: string, kind: 'f32' | 'f64', kernel: Callee | ((lane: number) => Callee)): void => {
    const [scalar, packed] = kind === 'f32' ? ['ss', 'ps'] : ['sd', 'pd'];
    const of = typeof kernel === 'function' ? kernel : () => kernel;
    const common = { from: kind, to: kind, kernel: of, rest: 'kept' } as const;
    if (typeof kernel !== 'function') instructions.push({ ...common, name: name + scalar, lanes: 1 });
    instructions.push({ ...common, name: name + packed, lanes: kind === 'f32' ? 4 : 2 });
  };
  for (const kind of ['f32', 'f64'] as const) {
    const all = formats[kind];
    const binary = (name: BinaryName, kernel: string): Callee =>
      defineBinary(builder, name, x87[`x87_${kernel}`]!, all);
    const kernels = {
      add: binary('add', 'add'),
      sub: binary('sub', 'subtract'),
      mul: binary('mul', 'multiply'),
      div: binary('div', 'divide'),
    };
    for (const [name, kernel] of Object.entries(kernels)) same(name, kind, kernel);
    same('sqrt', kind, defineSqrt(builder, x87['x87_sqrt']!, all));
    same('min', kind, defineExtreme(builder, 'min', all.format));
    same('max', kind, defineExtreme(builder, 'max', all.format));
    same('cmp', kind, defineMask(builder, all.format));
    same('addsub', kind, (lane) => kernels[lane & 1 ? 'add' : 'sub']);
    const relation = defineRelation(builder, all.format);
    const suffix = kind === 'f32' ? 's' : 'd';
    instructions.push(
      { name: `comis${suffix}`, from: kind, to: 'i32', lanes: 1, kernel: () => relation, rest: 'zero' },
      ...toIntegers(kind, defineToInteger(builder, all.format)),
    );
  }
  const up = defineConvert(builder, formats.f32, formats.f64);
  const down = defineConvert(builder, formats.f64, formats.f32);
  const fromInteger = defineFromInteger(builder, formats.f32);
  const convert = (name: string, from: LaneKind, to: LaneKind, lanes: number, kernel: Callee, rest: 'kept' | 'zero') =>
    instructions.push({ name, from, to, lanes, kernel: () => kernel, rest });
  convert('cvtss2sd', 'f32', 'f64', 1, up, 'kept');
  convert('cvtps2pd', 'f32', 'f64', 2, up, 'kept');
  convert('cvtsd2ss', 'f64', 'f32', 1, down, 'kept');
  convert('cvtpd2ps', 'f64', 'f32', 2, down, 'zero');
  convert('cvtsi2ss', 'i32', 'f32', 1, fromInteger, 'kept');
  convert('cvtpi2ps', 'i32', 'f32', 2, fromInteger, 'kept');
  convert('cvtdq2ps', 'i32', 'f32', 4, fromInteger, 'kept');
  const all = instructions.map((instruction) => defineInstruction(builder, commit, instruction));
  return Object.fromEntries(all.map((callee) => [callee.name, callee]));
};

/** The immediate of these says whether to truncate; the others round as MXCSR says. */
const toIntegers = (kind: 'f32' | 'f64', kernel: Callee): Instruction[] => {
  const common = { from: kind, to: 'i32', kernel: () => kernel, rest: 'zero' } as const;
  if (kind === 'f32') {
    return [
      { ...common, name: 'cvtss2si', lanes: 1 },
      { ...common, name: 'cvtps2pi', lanes: 2 },
      { ...common, name: 'cvtps2dq', lanes: 4 },
    ];
  }
  return [
    { ...common, name: 'cvtsd2si', lanes: 1 },
    { ...common, name: 'cvtpd2dq', lanes: 2 },
  ];
};
