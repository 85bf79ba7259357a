/** MMX, and the same instructions in XMM registers: SSE2's integers. SDM vol. 2, appendix A. */
import type { Semantics } from '../semantics/ops.ts';
import { type Binary, type Bits, binary } from '../semantics/simd.ts';
import * as integer from '../semantics/simd-integer.ts';
import * as move from '../semantics/simd-move.ts';
import { type Draft, type LineOptions, line } from './build.ts';
import type { Cpu } from './line.ts';

type OfBits = (bits: Bits) => Semantics;
/** SIMD is left to the complete interpreter and to regions. */
const MMX: LineOptions = { prefix: 0, cold: true, cpu: 'mmx' };
const SSE2: LineOptions = { prefix: 0x66, cold: true, cpu: 'sse2' };
const MODIFY: LineOptions = { access: 'm' };

/** Operand 0 := operand 0 op operand 1, in MMX and in XMM registers. `cpu`: what brought the MMX form. */
const both = (opcode: number, mnemonic: string, operation: Binary, cpu: Cpu = 'mmx', source = 'Qq'): Draft[] => [
  line(opcode, mnemonic, `Pq,${source}`, binary(operation)(64), { ...MMX, ...MODIFY, cpu }),
  line(opcode, mnemonic, 'Vx,Wx', binary(operation)(128), { ...SSE2, ...MODIFY }),
];
const { plain } = integer;

const ARITHMETIC: readonly (readonly [number, string, Binary, Cpu?])[] = [
  [0x63, 'packsswb', integer.narrow('i8x16', 'narrow_i16x8_s')],
  [0x64, 'pcmpgtb', plain('i8x16', 'gt_s')],
  [0x65, 'pcmpgtw', plain('i16x8', 'gt_s')],
  [0x66, 'pcmpgtd', plain('i32x4', 'gt_s')],
  [0x67, 'packuswb', integer.narrow('i8x16', 'narrow_i16x8_u')],
  [0x68, 'punpckhbw', integer.unpackHigh(1)],
  [0x69, 'punpckhwd', integer.unpackHigh(2)],
  [0x6a, 'punpckhdq', integer.unpackHigh(4)],
  [0x6b, 'packssdw', integer.narrow('i16x8', 'narrow_i32x4_s')],
  [0x74, 'pcmpeqb', plain('i8x16', 'eq')],
  [0x75, 'pcmpeqw', plain('i16x8', 'eq')],
  [0x76, 'pcmpeqd', plain('i32x4', 'eq')],
  [0xd4, 'paddq', plain('i64x2', 'add'), 'sse2'],
  [0xd5, 'pmullw', plain('i16x8', 'mul')],
  [0xd8, 'psubusb', plain('i8x16', 'sub_saturate_u')],
  [0xd9, 'psubusw', plain('i16x8', 'sub_saturate_u')],
  [0xda, 'pminub', plain('i8x16', 'min_u'), 'sse'],
  [0xdb, 'pand', plain('v128', 'and')],
  [0xdc, 'paddusb', plain('i8x16', 'add_saturate_u')],
  [0xdd, 'paddusw', plain('i16x8', 'add_saturate_u')],
  [0xde, 'pmaxub', plain('i8x16', 'max_u'), 'sse'],
  [0xdf, 'pandn', integer.andNot],
  [0xe0, 'pavgb', plain('i8x16', 'avgr_u'), 'sse'],
  [0xe3, 'pavgw', plain('i16x8', 'avgr_u'), 'sse'],
  [0xe4, 'pmulhuw', integer.multiplyHigh('u'), 'sse'],
  [0xe5, 'pmulhw', integer.multiplyHigh('s')],
  [0xe8, 'psubsb', plain('i8x16', 'sub_saturate_s')],
  [0xe9, 'psubsw', plain('i16x8', 'sub_saturate_s')],
  [0xea, 'pminsw', plain('i16x8', 'min_s'), 'sse'],
  [0xeb, 'por', plain('v128', 'or')],
  [0xec, 'paddsb', plain('i8x16', 'add_saturate_s')],
  [0xed, 'paddsw', plain('i16x8', 'add_saturate_s')],
  [0xee, 'pmaxsw', plain('i16x8', 'max_s'), 'sse'],
  [0xf4, 'pmuludq', integer.multiplyEven, 'sse2'],
  [0xf5, 'pmaddwd', plain('i32x4', 'dot_i16x8_s')],
  [0xf8, 'psubb', plain('i8x16', 'sub')],
  [0xf9, 'psubw', plain('i16x8', 'sub')],
  [0xfa, 'psubd', plain('i32x4', 'sub')],
  [0xfb, 'psubq', plain('i64x2', 'sub'), 'sse2'],
  [0xfc, 'paddb', plain('i8x16', 'add')],
  [0xfd, 'paddw', plain('i16x8', 'add')],
  [0xfe, 'paddd', plain('i32x4', 'add')],
];

const unpacks: Draft[] = [
  // Of a memory operand, the MMX forms read only what they use.
  ...both(0x0f60, 'punpcklbw', integer.unpackLow(1), 'mmx', 'Qd'),
  ...both(0x0f61, 'punpcklwd', integer.unpackLow(2), 'mmx', 'Qd'),
  ...both(0x0f62, 'punpckldq', integer.unpackLow(4), 'mmx', 'Qd'),
  line(0x0f6c, 'punpcklqdq', 'Vx,Wx', binary(integer.unpackLow(8))(128), { ...SSE2, ...MODIFY }),
  line(0x0f6d, 'punpckhqdq', 'Vx,Wx', binary(integer.unpackHigh(8))(128), { ...SSE2, ...MODIFY }),
];

/** The same semantics for a count in a register or memory, and for an immediate. */
const shift = (
  opcode: number,
  group: number,
  ext: number,
  mnemonic: string,
  ...[shape, name]: Parameters<typeof integer.shiftByVector>
): Draft[] => {
  const byVector = integer.shiftByVector(shape, name);
  const byImmediate = integer.shiftByImmediate(shape, name);
  const immediate: LineOptions = { ext, form: 'register', ...MODIFY };
  return [
    line(opcode, mnemonic, 'Pq,Qq', byVector(64), { ...MMX, ...MODIFY }),
    line(opcode, mnemonic, 'Vx,Wx', byVector(128), { ...SSE2, ...MODIFY }),
    line(group, mnemonic, 'Nq,Ib', byImmediate(64), { ...MMX, ...immediate }),
    line(group, mnemonic, 'Ux,Ib', byImmediate(128), { ...SSE2, ...immediate }),
  ];
};
const shiftBytes = (ext: number, mnemonic: string, down: boolean): Draft =>
  line(0x0f73, mnemonic, 'Ux,Ib', integer.shiftBytes(down)(128), { ...SSE2, ...MODIFY, ext, form: 'register' });
const shifts: Draft[] = [
  ...shift(0x0fd1, 0x0f71, 2, 'psrlw', 'i16x8', 'shr_u'),
  ...shift(0x0fd2, 0x0f72, 2, 'psrld', 'i32x4', 'shr_u'),
  ...shift(0x0fd3, 0x0f73, 2, 'psrlq', 'i64x2', 'shr_u'),
  ...shift(0x0fe1, 0x0f71, 4, 'psraw', 'i16x8', 'shr_s'),
  ...shift(0x0fe2, 0x0f72, 4, 'psrad', 'i32x4', 'shr_s'),
  ...shift(0x0ff1, 0x0f71, 6, 'psllw', 'i16x8', 'shl'),
  ...shift(0x0ff2, 0x0f72, 6, 'pslld', 'i32x4', 'shl'),
  ...shift(0x0ff3, 0x0f73, 6, 'psllq', 'i64x2', 'shl'),
  shiftBytes(3, 'psrldq', true),
  shiftBytes(7, 'pslldq', false),
];

/** The same operands for both register files, P for V, Q for W, N for U. */
const files = (
  opcode: number,
  mnemonic: string,
  [mmx, xmm]: readonly [string, string],
  semantics: OfBits,
  options: LineOptions = {},
): Draft[] => [
  line(opcode, mnemonic, mmx, semantics(64), { ...MMX, ...options }),
  line(opcode, mnemonic, xmm, semantics(128), { ...SSE2, ...options, cpu: 'sse2' }),
];
const REGISTER: LineOptions = { form: 'register', cpu: 'sse' };
const general: Draft[] = [
  ...files(0x0fef, 'pxor', ['Pq,Qq', 'Vx,Wx'], integer.exclusiveOr, MODIFY),
  ...files(0x0f6e, 'movd', ['Pq,Ed', 'Vx,Ed'], move.fromGeneral),
  ...files(0x0f7e, 'movd', ['Ed,Pq', 'Ed,Vx'], move.toGeneral),
  ...files(0x0fc4, 'pinsrw', ['Pq,Ew,Ib', 'Vx,Ew,Ib'], integer.insertWord, { ...MODIFY, cpu: 'sse' }),
  ...files(0x0fc5, 'pextrw', ['Gd,Nq,Ib', 'Gd,Ux,Ib'], integer.extractWord, REGISTER),
  ...files(0x0fd7, 'pmovmskb', ['Gd,Nq', 'Gd,Ux'], integer.mask('i8x16'), REGISTER),
  ...files(0x0ff6, 'psadbw', ['Pq,Qq', 'Vx,Wx'], integer.sumOfDifferences, { ...MODIFY, cpu: 'sse' }),
  line(0x0ff7, 'maskmovq', 'Pq,Nq', 'maskmov', { prefix: 0, form: 'register', access: 'r', cpu: 'sse' }),
  line(0x0ff7, 'maskmovdqu', 'Vx,Ux', 'maskmov', { prefix: 0x66, form: 'register', access: 'r', cpu: 'sse2' }),
];

const STORE: LineOptions = { form: 'memory' };
const F3: LineOptions = { ...SSE2, prefix: 0xf3 };
const moves: Draft[] = [
  line(0x0f6f, 'movq', 'Pq,Qq', move.move(64), MMX),
  line(0x0f6f, 'movdqa', 'Vx,Wx', move.move(128), SSE2),
  line(0x0f6f, 'movdqu', 'Vx,Wu', move.move(128), F3),
  line(0x0f7f, 'movq', 'Qq,Pq', move.move(64), MMX),
  line(0x0f7f, 'movdqa', 'Wx,Vx', move.move(128), SSE2),
  line(0x0f7f, 'movdqu', 'Wu,Vx', move.move(128), F3),
  line(0x0f7e, 'movq', 'Vx,Wq', move.moveQuadword, F3),
  line(0x0fd6, 'movq', 'Wq,Vx', move.moveQuadword, SSE2),
  line(0x0fd6, 'movq2dq', 'Vx,Nq', move.fromMmx, { ...F3, form: 'register' }),
  line(0x0fd6, 'movdq2q', 'Pq,Ux', move.toMmx, { ...SSE2, prefix: 0xf2, form: 'register' }),
  line(0x0fe7, 'movntq', 'Mq,Pq', move.move(64), { ...MMX, ...STORE, cpu: 'sse' }),
  line(0x0fe7, 'movntdq', 'Mx,Vx', move.move(128), { ...SSE2, ...STORE }),
  line(0x0f70, 'pshufw', 'Pq,Qq,Ib', move.shuffleLowWords(64), { ...MMX, cpu: 'sse' }),
  line(0x0f70, 'pshufd', 'Vx,Wx,Ib', move.shuffleDoublewords(128), SSE2),
  line(0x0f70, 'pshufhw', 'Vx,Wx,Ib', move.shuffleHighWords(128), F3),
  line(0x0f70, 'pshuflw', 'Vx,Wx,Ib', move.shuffleLowWords(128), { ...SSE2, prefix: 0xf2 }),
  line(0x0f77, 'emms', '', move.emms, MMX),
];

export const MMX_AND_INTEGERS: Draft[] = [
  ...ARITHMETIC.flatMap(([opcode, ...rest]) => both(0x0f00 | opcode, ...rest)),
  ...unpacks,
  ...shifts,
  ...general,
  ...moves,
];
