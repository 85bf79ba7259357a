/**
 * One line of the opcode table: everything that is known about an encoding before it is met. Decoder,
 * disassembler, both bindings, liveness, coverage and the differential tests read the same lines.
 */
import type { Semantics } from '../semantics/ops.ts';
import type { OperandInfo } from './operands.ts';

/**
 * Operands in the notation of SDM vol. 2, appendix A: E ModRM r/m, G ModRM reg, M memory only, R register only,
 * I immediate, J relative, O moffs, S segment register, C control, D debug register, A far pointer, Z register in
 * the opcode, X/Y string source/destination; P MMX register in ModRM reg, Q MMX r/m, N MMX register in r/m, and V, W, U
 * the same of XMM registers; then ss and sd the lowest lane of XMM registers as a single or double, b byte, w word, d dword, q qword, v operand size, z the same (immediates: at most
 * 32 bits), s sign-extended byte, p far pointer in memory, a BOUND pair, t ten bytes, x 128 bits that must be aligned
 * in memory, u 128 bits that need not. Others are fixed registers by name, or a constant.
 */
export type OperandKind =
  | 'Eb'
  | 'Ew'
  | 'Ed'
  | 'Ev'
  | 'Gb'
  | 'Gw'
  | 'Gd'
  | 'Gv'
  | 'M'
  | 'Mb'
  | 'Mw'
  | 'Md'
  | 'Mq'
  | 'Mt'
  | 'Mx'
  | 'Mu'
  | 'Mp'
  | 'Ma'
  | 'Ms'
  | 'Rd'
  | 'Ib'
  | 'Iw'
  | 'Iz'
  | 'Is'
  | 'Jb'
  | 'Jz'
  | 'Ob'
  | 'Ov'
  | 'Sw'
  | 'Cd'
  | 'Dd'
  | 'Ap'
  | 'Zb'
  | 'Zv'
  | 'Xb'
  | 'Xv'
  | 'Yb'
  | 'Yv'
  | 'AL'
  | 'AX'
  | 'eAX'
  | 'CL'
  | 'DX'
  | '1'
  | '3'
  | 'ES'
  | 'CS'
  | 'SS'
  | 'DS'
  | 'FS'
  | 'GS'
  | 'ST0'
  | 'STi'
  | 'Pq'
  | 'Qd'
  | 'Qq'
  | 'Nq'
  | 'Vx'
  | 'Vss'
  | 'Vsd'
  | 'Wss'
  | 'Wsd'
  | 'Uss'
  | 'Usd'
  | 'Wq'
  | 'Wx'
  | 'Wu'
  | 'Ux';

/** Groups of instructions that a processor has or lacks as a whole, in the order of their invention. */
export const CPU_LEVELS = ['i386', 'i486', 'pentium', 'i686', 'mmx', 'sse', 'sse2', 'sse3', 'ssse3'] as const;
export type Cpu = (typeof CPU_LEVELS)[number];
/** A set of levels as a word: one bit each. */
export const levelBit = (level: Cpu): number => 1 << CPU_LEVELS.indexOf(level);

export interface Line {
  /** Position in the table; identifies the line in generated code and in coverage. */
  readonly id: number;
  /** Opcode bytes: 0x00-0xff, 0x0f00 | second byte, 0x0f3800 | third, or 0x0f3a00 | third. */
  readonly opcode: number;
  /** ModRM reg field that selects the line within a group, or -1. */
  readonly extension: number;
  /** For x87 and a few others: the ModRM form that selects the line: memory, register, or one exact byte. */
  readonly form: 'any' | 'memory' | 'register' | number;
  /** Mandatory prefix that selects the line (SSE): 0x66, 0xf2, 0xf3; 0 for none; -1 when prefixes do not select. */
  readonly prefix: number;
  /** Mnemonic of the manual, lower case. Conditions are written out (jz, setnle). */
  readonly mnemonic: string;
  readonly operands: readonly OperandKind[];
  /** What these stand for. */
  readonly infos: readonly OperandInfo[];
  readonly semantics: Semantics;
  /** Arithmetic flags (bits of EFLAGS) read, written, and left undefined by the manual (a subset of written). */
  readonly reads: number;
  readonly writes: number;
  readonly undefined: number;
  /** Flags may also stay as they were (a shift by zero), so writing them does not end their life. */
  readonly keeps: boolean;
  /** What happens to operand 0; the others are only read. */
  readonly access: 'none' | 'read' | 'write' | 'modify';
  /** LOCK is legal when operand 0 is in memory. */
  readonly lockable: boolean;
  /** Function in runtime/ that executes it: always, or where generated code does not (`inline`). */
  readonly host: string | undefined;
  /** Generated code comes first in every engine; `host` executes what that refuses. */
  readonly tried: boolean;
  /** Generated code executes it: the hot interpreter and regions, and the complete interpreter if `host` is not set. */
  readonly inline: boolean;
  /** How it ends a basic block. */
  readonly ends: 'no' | 'jump' | 'conditional' | 'call' | 'return' | 'indirect' | 'leave';
  /** Inlined in the hot interpreter. */
  readonly hot: boolean;
  /** Condition code (0-15) of Jcc, SETcc, CMOVcc; -1. */
  readonly condition: number;
  readonly cpu: Cpu;
}

/** The oldest processor to be had is an i486, so only what came later may be missing. */
export const isOptional = (line: Line): boolean => CPU_LEVELS.indexOf(line.cpu) > CPU_LEVELS.indexOf('i486');

/** Operand 0 is written. */
export const writesOperand = ({ access }: Line): boolean => access === 'write' || access === 'modify';

/** A near call or jump to an address that is a value. */
export const isIndirect = ({ ends, operands }: Line): boolean =>
  ends === 'indirect' || (ends === 'call' && operands[0] === 'Ev');
