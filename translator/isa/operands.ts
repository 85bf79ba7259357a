/** What each operand notation of the opcode table means: where the operand is found, and how wide it is. */
import type { OperandKind } from './line.ts';

/** Where: ModRM r/m, r/m that must be memory or register, ModRM reg, the opcode's low bits, bytes that follow, … */
export type Place =
  | 'rm'
  | 'memory'
  | 'rmRegister'
  | 'reg'
  | 'opcode'
  | 'immediate'
  | 'relative'
  | 'moffs'
  | 'far'
  | 'segment'
  | 'control'
  | 'debug'
  | 'fixed'
  | 'fixedSegment'
  | 'constant'
  | 'source'
  | 'destination'
  | 'st'
  | 'mmx'
  | 'mmxRm'
  | 'mmxRegister'
  | 'xmm'
  | 'xmmRm'
  | 'xmmRegister';

/** Bits; 'v' is the operand size; 0 where the notion does not apply. */
export type OperandWidth = 8 | 16 | 32 | 64 | 80 | 128 | 'v' | 0;

/** The lowest lane of an XMM register: a single or a double. */
export type LaneKind = 'ss' | 'sd';

export interface OperandInfo {
  readonly place: Place;
  readonly width: OperandWidth;
  /** Immediates: bits in the instruction stream, sign-extended to the width. */
  readonly stream?: 8 | 16 | 'v' | undefined;
  /** Fixed registers: encoding; constants: value. */
  readonly value?: number | undefined;
  /** In memory it must lie at a multiple of its size, or #GP(0) is raised. */
  readonly aligned?: true | undefined;
  /** Of an XMM register only this lane is meant. */
  readonly lane?: LaneKind | undefined;
}

const rm = (width: OperandWidth): OperandInfo => ({ place: 'rm', width });
const memory = (width: OperandWidth): OperandInfo => ({ place: 'memory', width });
const reg = (width: OperandWidth): OperandInfo => ({ place: 'reg', width });
const fixed = (width: OperandWidth, value: number): OperandInfo => ({ place: 'fixed', width, value });
const ALIGNED = { width: 128, aligned: true } as const;
const fixedSegment = (value: number): OperandInfo => ({ place: 'fixedSegment', width: 16, value });

export const OPERANDS: Readonly<Record<OperandKind, OperandInfo>> = {
  Eb: rm(8),
  Ew: rm(16),
  Ed: rm(32),
  Ev: rm('v'),
  Gb: reg(8),
  Gw: reg(16),
  Gd: reg(32),
  Gv: reg('v'),
  M: memory(0),
  Mb: memory(8),
  Mw: memory(16),
  Md: memory(32),
  Mq: memory(64),
  Mt: memory(80),
  Mx: { place: 'memory', ...ALIGNED },
  Mu: memory(128),
  Mp: memory(0),
  Ma: memory(0),
  Ms: memory(0),
  Rd: { place: 'rmRegister', width: 32 },
  Ib: { place: 'immediate', width: 8, stream: 8 },
  Iw: { place: 'immediate', width: 16, stream: 16 },
  Iz: { place: 'immediate', width: 'v', stream: 'v' },
  Is: { place: 'immediate', width: 'v', stream: 8 },
  Jb: { place: 'relative', width: 'v', stream: 8 },
  Jz: { place: 'relative', width: 'v', stream: 'v' },
  Ob: { place: 'moffs', width: 8 },
  Ov: { place: 'moffs', width: 'v' },
  Sw: { place: 'segment', width: 16 },
  Cd: { place: 'control', width: 32 },
  Dd: { place: 'debug', width: 32 },
  Ap: { place: 'far', width: 0 },
  Zb: { place: 'opcode', width: 8 },
  Zv: { place: 'opcode', width: 'v' },
  Xb: { place: 'source', width: 8 },
  Xv: { place: 'source', width: 'v' },
  Yb: { place: 'destination', width: 8 },
  Yv: { place: 'destination', width: 'v' },
  AL: fixed(8, 0),
  AX: fixed(16, 0),
  eAX: fixed('v', 0),
  CL: fixed(8, 1),
  DX: fixed(16, 2),
  '1': { place: 'constant', width: 8, value: 1 },
  '3': { place: 'constant', width: 8, value: 3 },
  ES: fixedSegment(0),
  CS: fixedSegment(1),
  SS: fixedSegment(2),
  DS: fixedSegment(3),
  FS: fixedSegment(4),
  GS: fixedSegment(5),
  ST0: { place: 'st', width: 80, value: 0 },
  STi: { place: 'st', width: 80 },
  Pq: { place: 'mmx', width: 64 },
  Qd: { place: 'mmxRm', width: 32 },
  Qq: { place: 'mmxRm', width: 64 },
  Nq: { place: 'mmxRegister', width: 64 },
  Vx: { place: 'xmm', width: 128 },
  Vss: { place: 'xmm', width: 128, lane: 'ss' },
  Vsd: { place: 'xmm', width: 128, lane: 'sd' },
  Wss: { place: 'xmmRm', width: 32, lane: 'ss' },
  Wsd: { place: 'xmmRm', width: 64, lane: 'sd' },
  Uss: { place: 'xmmRegister', width: 128, lane: 'ss' },
  Usd: { place: 'xmmRegister', width: 128, lane: 'sd' },
  Wq: { place: 'xmmRm', width: 64 },
  Wx: { place: 'xmmRm', ...ALIGNED },
  Wu: { place: 'xmmRm', width: 128 },
  Ux: { place: 'xmmRegister', width: 128 },
};

/** Of a line's operands, in objects of one shape: they are looked at for each instruction that is translated. */
export const infosOf = (kinds: readonly OperandKind[]): OperandInfo[] =>
  kinds.map((kind) => {
    const { place, width, stream, value, aligned, lane } = OPERANDS[kind];
    return { place, width, stream, value, aligned, lane };
  });

const IN_MODRM: ReadonlySet<Place> = new Set<Place>([
  'rm',
  'memory',
  'rmRegister',
  'reg',
  'segment',
  'control',
  'debug',
  'mmx',
  'mmxRm',
  'mmxRegister',
  'xmm',
  'xmmRm',
  'xmmRegister',
]);

/** Places that ModRM's r/m may put in memory. */
const MAYBE_MEMORY: ReadonlySet<Place> = new Set<Place>(['rm', 'memory', 'mmxRm', 'xmmRm']);
export const mayLieInMemory = (place: Place): boolean => MAYBE_MEMORY.has(place);

/** True when the operand is encoded in a ModRM byte. */
export const needsModrm = (kind: OperandKind): boolean => IN_MODRM.has(OPERANDS[kind].place);

/** Width in bits for a given operand size attribute. */
export const widthIn = (kind: OperandKind, operandSize: 16 | 32): number => {
  const { width } = OPERANDS[kind];
  return width === 'v' ? operandSize : width;
};
