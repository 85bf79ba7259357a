/** SSE and SSE2 on floats, SSE3, and what controls them. SDM vol. 2, appendix A. */
import type { Semantics } from '../semantics/ops.ts';
import { binary } from '../semantics/simd.ts';
import * as convert from '../semantics/simd-convert.ts';
import * as float from '../semantics/simd-float.ts';
import * as integer from '../semantics/simd-integer.ts';
import * as move from '../semantics/simd-move.ts';
import { DOUBLE, type Kind, SINGLE } from '../semantics/simd-usual.ts';
import { MXCSR } from '../sse/words.ts';
import { type Draft, type LineOptions, line } from './build.ts';

/** SIMD is left to the complete interpreter and to regions. */
const SSE: LineOptions = { prefix: 0, cold: true, cpu: 'sse' };
const SSE_SCALAR: LineOptions = { ...SSE, prefix: 0xf3 };
const SSE2: LineOptions = { prefix: 0x66, cold: true, cpu: 'sse2' };
const SSE2_SCALAR: LineOptions = { ...SSE2, prefix: 0xf2 };
const SSE3: LineOptions = { ...SSE2, cpu: 'sse3' };
const MODIFY: LineOptions = { access: 'm' };
const MEMORY: LineOptions = { form: 'memory' };
const REGISTER: LineOptions = { form: 'register' };

/** The four forms of an instruction: prefix and group, operands, kind of float, packed. */
const FORMS = [
  { options: SSE, operands: 'Vx,Wx', kind: SINGLE, packed: true },
  { options: SSE_SCALAR, operands: 'Vss,Wss', kind: SINGLE, packed: false },
  { options: SSE2, operands: 'Vx,Wx', kind: DOUBLE, packed: true },
  { options: SSE2_SCALAR, operands: 'Vsd,Wsd', kind: DOUBLE, packed: false },
] as const;
const four = (
  opcode: number,
  stem: string,
  semantics: (kind: Kind, packed: boolean) => Semantics,
  immediate = '',
): Draft[] =>
  FORMS.map(({ options, operands, kind, packed }) =>
    line(opcode, stem + (packed ? kind.packed : kind.scalar), operands + immediate, semantics(kind, packed), {
      ...options,
      ...MODIFY,
    }),
  );
const arithmetic = (opcode: number, operation: float.Operation): Draft[] =>
  four(opcode, operation, (kind, packed) => float.arithmetic(operation, kind, packed));
const approximation = (opcode: number, name: 'rcp' | 'rsqrt'): Draft[] => [
  line(opcode, `${name}ps`, 'Vx,Wx', float.approximate(name, true), SSE),
  line(opcode, `${name}ss`, 'Vss,Wss', float.approximate(name, false), { ...SSE_SCALAR, ...MODIFY }),
];
/** Bitwise, or of whole lanes: the same for both kinds. */
const packed = (opcode: number, stem: string, semantics: Semantics, doubles = semantics, immediate = ''): Draft[] => [
  line(opcode, `${stem}ps`, `Vx,Wx${immediate}`, semantics, { ...SSE, ...MODIFY }),
  line(opcode, `${stem}pd`, `Vx,Wx${immediate}`, doubles, { ...SSE2, ...MODIFY }),
];
const compare = (opcode: number, stem: string, quiet: boolean): Draft[] => {
  const flags: LineOptions = { access: 'r', writes: 'oszapc' };
  return [
    line(opcode, `${stem}ss`, 'Vss,Wss', float.compareFlags(SINGLE, quiet), { ...SSE, ...flags }),
    line(opcode, `${stem}sd`, 'Vsd,Wsd', float.compareFlags(DOUBLE, quiet), { ...SSE2, ...flags }),
  ];
};
const computing: Draft[] = [
  ...arithmetic(0x0f58, 'add'),
  ...arithmetic(0x0f59, 'mul'),
  ...arithmetic(0x0f5c, 'sub'),
  ...arithmetic(0x0f5e, 'div'),
  ...four(0x0f51, 'sqrt', float.squareRoot),
  ...four(0x0f5d, 'min', (kind, packed) => float.extreme('min', kind, packed)),
  ...four(0x0f5f, 'max', (kind, packed) => float.extreme('max', kind, packed)),
  ...four(0x0fc2, 'cmp', float.compareMask, ',Ib'),
  ...approximation(0x0f52, 'rsqrt'),
  ...approximation(0x0f53, 'rcp'),
  ...compare(0x0f2e, 'ucomi', true),
  ...compare(0x0f2f, 'comi', false),
  ...packed(0x0f54, 'and', binary(integer.plain('v128', 'and'))(128)),
  ...packed(0x0f55, 'andn', binary(integer.andNot)(128)),
  ...packed(0x0f56, 'or', binary(integer.plain('v128', 'or'))(128)),
  ...packed(0x0f57, 'xor', integer.exclusiveOr(128)),
  ...packed(0x0f14, 'unpckl', binary(integer.unpackLow(4))(128), binary(integer.unpackLow(8))(128)),
  ...packed(0x0f15, 'unpckh', binary(integer.unpackHigh(4))(128), binary(integer.unpackHigh(8))(128)),
  ...packed(0x0fc6, 'shuf', move.shuffleSingles, move.shuffleDoubles, ',Ib'),
];

const all = move.move(128);
/** A move of one scalar: from memory it clears what is above, between registers it does not. */
const scalar = (memory: string, { scalar: lane }: Kind, options: LineOptions): Draft[] => [
  line(0x0f10, `mov${lane}`, `V${lane},${memory}`, all, { ...options, ...MEMORY }),
  line(0x0f10, `mov${lane}`, `V${lane},U${lane}`, move.moveLow(lane), { ...options, ...REGISTER, ...MODIFY }),
  line(0x0f11, `mov${lane}`, `${memory},V${lane}`, all, { ...options, ...MEMORY }),
  line(0x0f11, `mov${lane}`, `U${lane},V${lane}`, move.moveLow(lane), { ...options, ...REGISTER, ...MODIFY }),
];
/** Moves of whole registers, and of halves. */
const wide = (suffix: string, options: LineOptions): Draft[] => [
  line(0x0f10, `movu${suffix}`, 'Vx,Wu', all, options),
  line(0x0f11, `movu${suffix}`, 'Wu,Vx', all, options),
  line(0x0f28, `mova${suffix}`, 'Vx,Wx', all, options),
  line(0x0f29, `mova${suffix}`, 'Wx,Vx', all, options),
  line(0x0f2b, `movnt${suffix}`, 'Mx,Vx', all, { ...options, ...MEMORY }),
  line(0x0f12, `movl${suffix}`, 'Vsd,Mq', move.moveLow('sd'), { ...options, ...MEMORY, ...MODIFY }),
  line(0x0f13, `movl${suffix}`, 'Mq,Vsd', all, { ...options, ...MEMORY }),
  line(0x0f16, `movh${suffix}`, 'Vx,Mq', move.moveToHigh, { ...options, ...MEMORY, ...MODIFY }),
  line(0x0f17, `movh${suffix}`, 'Mq,Vx', move.storeHigh, { ...options, ...MEMORY }),
];
const mask = (suffix: string, options: LineOptions, shape: 'i32x4' | 'i64x2'): Draft =>
  line(0x0f50, `movmsk${suffix}`, 'Gd,Ux', integer.mask(shape)(128), { ...options, ...REGISTER });
const moves: Draft[] = [
  ...wide('ps', SSE),
  ...wide('pd', SSE2),
  ...scalar('Md', SINGLE, SSE_SCALAR),
  ...scalar('Mq', DOUBLE, SSE2_SCALAR),
  line(0x0f12, 'movhlps', 'Vx,Ux', move.moveHighToLow, { ...SSE, ...REGISTER, ...MODIFY }),
  line(0x0f16, 'movlhps', 'Vx,Ux', move.moveToHigh, { ...SSE, ...REGISTER, ...MODIFY }),
  mask('ps', SSE, 'i32x4'),
  mask('pd', SSE2, 'i64x2'),
  line(0x0fc3, 'movnti', 'Md,Gd', (o) => o.set(0, o.get(1)), { ...SSE2, prefix: 0, ...MEMORY }),
];

const conversions: Draft[] = [
  line(0x0f2a, 'cvtpi2ps', 'Vx,Nq', convert.twoSinglesFromMmx, { ...SSE, ...REGISTER, ...MODIFY }),
  line(0x0f2a, 'cvtpi2ps', 'Vx,Mq', convert.twoSinglesFromIntegers, { ...SSE, ...MEMORY, ...MODIFY }),
  line(0x0f2a, 'cvtsi2ss', 'Vss,Ed', convert.singleFromGeneral, { ...SSE_SCALAR, ...MODIFY }),
  line(0x0f2a, 'cvtpi2pd', 'Vx,Nq', convert.doublesFromMmx, { ...SSE2, ...REGISTER }),
  line(0x0f2a, 'cvtpi2pd', 'Vx,Mq', convert.doublesFromIntegers, { ...SSE2, ...MEMORY }),
  line(0x0f2a, 'cvtsi2sd', 'Vsd,Ed', convert.doubleFromGeneral, { ...SSE2_SCALAR, ...MODIFY }),
  ...[true, false].flatMap((truncate) => {
    const opcode = truncate ? 0x0f2c : 0x0f2d;
    const stem = truncate ? 'cvtt' : 'cvt';
    return [
      line(opcode, `${stem}ps2pi`, 'Pq,Wq', convert.toMmx(SINGLE, truncate), SSE),
      line(opcode, `${stem}ss2si`, 'Gd,Wss', convert.toGeneral(SINGLE, truncate), SSE_SCALAR),
      line(opcode, `${stem}pd2pi`, 'Pq,Wx', convert.toMmx(DOUBLE, truncate), SSE2),
      line(opcode, `${stem}sd2si`, 'Gd,Wsd', convert.toGeneral(DOUBLE, truncate), SSE2_SCALAR),
    ];
  }),
  line(0x0f5a, 'cvtps2pd', 'Vx,Wq', convert.widen, { ...SSE2, prefix: 0 }),
  line(0x0f5a, 'cvtpd2ps', 'Vx,Wx', convert.narrow, SSE2),
  line(0x0f5a, 'cvtss2sd', 'Vsd,Wss', convert.convertLow(SINGLE, DOUBLE, 'promote'), {
    ...SSE2,
    prefix: 0xf3,
    ...MODIFY,
  }),
  line(0x0f5a, 'cvtsd2ss', 'Vss,Wsd', convert.convertLow(DOUBLE, SINGLE, 'demote'), { ...SSE2_SCALAR, ...MODIFY }),
  line(0x0f5b, 'cvtdq2ps', 'Vx,Wx', convert.singlesFromIntegers, { ...SSE2, prefix: 0 }),
  line(0x0f5b, 'cvtps2dq', 'Vx,Wx', convert.toIntegers(SINGLE, false), SSE2),
  line(0x0f5b, 'cvttps2dq', 'Vx,Wx', convert.toIntegers(SINGLE, true), { ...SSE2, prefix: 0xf3 }),
  line(0x0fe6, 'cvttpd2dq', 'Vx,Wx', convert.toIntegers(DOUBLE, true), SSE2),
  line(0x0fe6, 'cvtdq2pd', 'Vx,Wq', convert.doublesFromIntegers, { ...SSE2, prefix: 0xf3 }),
  line(0x0fe6, 'cvtpd2dq', 'Vx,Wx', convert.toIntegers(DOUBLE, false), SSE2_SCALAR),
];

/** Bytes of lanes of 4, by number, and the low half twice. */
const lanes = (...numbers: number[]): number[] => numbers.flatMap((n) => [0, 1, 2, 3].map((byte) => 4 * n + byte));
const horizontal = (opcode: number, operation: 'add' | 'sub'): Draft[] => [
  line(opcode, `h${operation}pd`, 'Vx,Wx', float.horizontal(operation, DOUBLE), { ...SSE3, ...MODIFY }),
  line(opcode, `h${operation}ps`, 'Vx,Wx', float.horizontal(operation, SINGLE), { ...SSE3, ...MODIFY, prefix: 0xf2 }),
];
const sse3: Draft[] = [
  ...horizontal(0x0f7c, 'add'),
  ...horizontal(0x0f7d, 'sub'),
  line(0x0fd0, 'addsubpd', 'Vx,Wx', float.addSubtract(DOUBLE), { ...SSE3, ...MODIFY }),
  line(0x0fd0, 'addsubps', 'Vx,Wx', float.addSubtract(SINGLE), { ...SSE3, ...MODIFY, prefix: 0xf2 }),
  line(0x0f12, 'movsldup', 'Vx,Wx', move.duplicate(lanes(0, 0, 2, 2)), { ...SSE3, prefix: 0xf3 }),
  line(0x0f16, 'movshdup', 'Vx,Wx', move.duplicate(lanes(1, 1, 3, 3)), { ...SSE3, prefix: 0xf3 }),
  line(0x0f12, 'movddup', 'Vx,Wq', move.duplicate(lanes(0, 1, 0, 1)), { ...SSE3, prefix: 0xf2 }),
  line(0x0ff0, 'lddqu', 'Vx,Mu', all, { ...SSE3, prefix: 0xf2, ...MEMORY }),
];

const GROUP_15 = 0x0fae;
const control: Draft[] = [
  line(GROUP_15, 'fxsave', 'M', 'fxsave', { prefix: 0, ext: 0, ...MEMORY, cpu: 'sse' }),
  line(GROUP_15, 'fxrstor', 'M', 'fxrstor', { prefix: 0, ext: 1, ...MEMORY, access: 'r', cpu: 'sse' }),
  line(GROUP_15, 'ldmxcsr', 'Md', move.loadControl(MXCSR.writable), { ...SSE, ext: 2, ...MEMORY, access: 'r' }),
  line(GROUP_15, 'stmxcsr', 'Md', move.storeControl, { ...SSE, ext: 3, ...MEMORY }),
  line(GROUP_15, 'lfence', '', move.nothing, { ...SSE2, prefix: 0, ext: 5, ...REGISTER }),
  line(GROUP_15, 'mfence', '', move.nothing, { ...SSE2, prefix: 0, ext: 6, ...REGISTER }),
  line(GROUP_15, 'sfence', '', move.nothing, { ...SSE, ext: 7, ...REGISTER }),
  // It may fault as a load of the byte does.
  line(GROUP_15, 'clflush', 'Mb', (o) => o.c.drop(o.get(0)), { ...SSE2, prefix: 0, ext: 7, ...MEMORY, access: 'r' }),
];

export const SSE_FLOATS: Draft[] = [...computing, ...moves, ...conversions, ...sse3, ...control];
