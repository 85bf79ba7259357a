/**
 * The disassembler: Instruction → text in Intel syntax, by the same table as everything else. Numbers are
 * hexadecimal, targets of relative jumps absolute, memory operands with the size that the table gives them.
 */
import { GPR_NAMES, SEGMENT_NAMES } from '../layout.ts';
import { type ByteSource, decode } from './decoder.ts';
import { type Instruction, isMemory, regOf, rmOf } from './instruction.ts';
import type { OperandKind } from './line.ts';
import { OPERANDS, type OperandInfo, type Place, widthIn } from './operands.ts';

const GPR_8 = ['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh'] as const;
const SIZE_NAMES: Readonly<Record<number, string>> = {
  8: 'byte ptr ',
  16: 'word ptr ',
  32: 'dword ptr ',
  48: 'fword ptr ',
  64: 'qword ptr ',
  80: 'tbyte ptr ',
  128: 'xmmword ptr ',
};

/** Mnemonics that change with the operand size, where the table has that of 16 bits. */
const WITH_32_BITS: Readonly<Record<string, string>> = {
  cbw: 'cwde',
  cwd: 'cdq',
  pushf: 'pushfd',
  popf: 'popfd',
  pusha: 'pushad',
  popa: 'popad',
  iret: 'iretd',
};
/** The table tells far transfers apart by an f that the manual leaves to the operand. */
const FAR: Readonly<Record<string, string>> = { callf: 'call', jmpf: 'jmp' };
/** REP on these also tests ZF. */
const COMPARING = new Set(['cmps', 'scas']);
const STRING_PLACES: ReadonlySet<Place> = new Set<Place>(['source', 'destination']);

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
const truncate = (value: number, bits: number): number => (bits === 32 ? value >>> 0 : value & ((1 << bits) - 1));

const register = (index: number, bits: number): string => {
  if (bits === 8) return GPR_8[index]!;
  const name = GPR_NAMES[index]!;
  return bits === 16 ? name.slice(1) : name;
};

const override = (i: Instruction): string => (i.override ? `${SEGMENT_NAMES[i.segment]}:` : '');

const effectiveAddress = (i: Instruction): string => {
  const parts: string[] = [];
  if (i.base >= 0) parts.push(register(i.base, i.addressSize));
  if (i.index >= 0) parts.push(register(i.index, i.addressSize) + (i.scale ? `*${1 << i.scale}` : ''));
  if (parts.length === 0) return `[${hex(truncate(i.displacement, i.addressSize))}]`;
  if (i.displacement) return `[${parts.join('+')}${i.displacement < 0 ? '-' : '+'}${hex(Math.abs(i.displacement))}]`;
  return `[${parts.join('+')}]`;
};

/** Bits that a memory operand has; 0 where no size is written. */
const memoryWidth = (kind: OperandKind, i: Instruction): number => {
  if (kind === 'Mp') return i.operandSize + 16;
  if (kind === 'Ma') return i.operandSize * 2;
  // A segment register is stored in 16 bits, whatever the operand size.
  if (kind === 'Ev' && i.line.operands.includes('Sw')) return 16;
  return widthIn(kind, i.operandSize);
};
const memory = (kind: OperandKind, i: Instruction): string =>
  (SIZE_NAMES[memoryWidth(kind, i)] ?? '') + override(i) + effectiveAddress(i);

interface Context {
  readonly i: Instruction;
  readonly kind: OperandKind;
  readonly info: OperandInfo;
  /** Bits. */
  readonly width: number;
  /** Linear address of the next instruction. */
  readonly next: number;
  /** The immediate that belongs to the operand. */
  readonly immediate: number;
}
const stringOperand = ({ i, width }: Context, segment: string, index: number): string =>
  `${SIZE_NAMES[width]}${segment}[${register(index, i.addressSize)}]`;
const ESI = 6;
const EDI = 7;

const WRITERS: Readonly<Record<Place, (context: Context) => string>> = {
  rm: ({ i, kind, width }) => (isMemory(i) ? memory(kind, i) : register(rmOf(i.modrm), width)),
  memory: ({ i, kind }) => memory(kind, i),
  rmRegister: ({ i, width }) => register(rmOf(i.modrm), width),
  reg: ({ i, width }) => register(regOf(i.modrm), width),
  opcode: ({ i, width }) => register(i.opcodeRegister, width),
  immediate: ({ immediate, width }) => hex(truncate(immediate, width)),
  relative: ({ immediate, next, width }) => hex(truncate(next + immediate, width)),
  moffs: ({ i, width }) => `${SIZE_NAMES[width]}${override(i)}[${hex(i.displacement)}]`,
  far: ({ i }) => `${hex(i.immediate2)}:${hex(truncate(i.immediate, i.operandSize))}`,
  segment: ({ i }) => SEGMENT_NAMES[regOf(i.modrm)]!,
  control: ({ i }) => `cr${regOf(i.modrm)}`,
  debug: ({ i }) => `dr${regOf(i.modrm)}`,
  fixed: ({ info, width }) => register(info.value!, width),
  fixedSegment: ({ info }) => SEGMENT_NAMES[info.value!]!,
  constant: ({ info }) => `${info.value}`,
  source: (context) => stringOperand(context, override(context.i), ESI),
  destination: (context) => stringOperand(context, 'es:', EDI),
  st: ({ i, info }) => (info.value === 0 ? 'st' : `st(${rmOf(i.modrm)})`),
  mmx: ({ i }) => `mm${regOf(i.modrm)}`,
  mmxRm: ({ i, kind }) => (isMemory(i) ? memory(kind, i) : `mm${rmOf(i.modrm)}`),
  mmxRegister: ({ i }) => `mm${rmOf(i.modrm)}`,
  xmm: ({ i }) => `xmm${regOf(i.modrm)}`,
  xmmRm: ({ i, kind }) => (isMemory(i) ? memory(kind, i) : `xmm${rmOf(i.modrm)}`),
  xmmRegister: ({ i }) => `xmm${rmOf(i.modrm)}`,
};

const mnemonicOf = ({ line: { mnemonic }, operandSize, addressSize }: Instruction): string => {
  if (mnemonic === 'jecxz' && addressSize === 16) return 'jcxz';
  return (operandSize === 32 && WITH_32_BITS[mnemonic]) || FAR[mnemonic] || mnemonic;
};

const prefixOf = ({ line, lock, rep }: Instruction): string => {
  if (lock) return 'lock ';
  if (!rep || !line.operands.some((kind) => STRING_PLACES.has(OPERANDS[kind].place))) return '';
  if (!COMPARING.has(line.mnemonic)) return 'rep ';
  return rep === 0xf3 ? 'repe ' : 'repne ';
};

/** The instruction's text; `address` is the linear address of its first byte. */
export const disassemble = (i: Instruction, address: number): string => {
  let immediates = 0;
  const operands = i.line.operands.map((kind) => {
    const info = OPERANDS[kind];
    const immediate = info.stream && immediates++ ? i.immediate2 : i.immediate;
    const width = widthIn(kind, i.operandSize);
    return WRITERS[info.place]({ i, kind, info, width, next: address + i.length, immediate });
  });
  return `${prefixOf(i)}${mnemonicOf(i)} ${operands.join(', ')}`.trimEnd();
};

/** One line of a listing. `address` is linear; `length` in bytes. */
export interface Disassembled {
  readonly address: number;
  readonly length: number;
  readonly text: string;
}

/** Decodes and writes the instruction at a linear address; "(bad)" of one byte where there is none. */
export const disassembleAt = (byte: ByteSource, address: number, codeSize: 16 | 32): Disassembled => {
  const found = decode(byte, codeSize);
  if (typeof found === 'string') return { address, length: 1, text: '(bad)' };
  return { address, length: found.length, text: disassemble(found, address) };
};
