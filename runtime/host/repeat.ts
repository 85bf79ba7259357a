/**
 * What all string instructions have in common: pointers that advance, the REP count, and the piece of work done in
 * one call. A piece stays within one page of each operand; how long it is depends on registers alone, never on what
 * the TLB holds, so that runs counted in instructions repeat exactly. SDM vol. 1, 7.3.9; vol. 2, REP.
 */
import type { Instruction } from '../../translator/isa/instruction.ts';
import { CS, EFLAGS, ES, PAGE_SIZE, STATE } from '../../translator/layout.ts';
import type { Cpu, HostInstruction } from '../cpu.ts';
import type { CpuState } from '../state.ts';
import {
  type Access,
  type Bits,
  isBig,
  linearAddress,
  operandBits,
  readRegister,
  segmentAllows,
  writeRegister,
} from './operands.ts';

const ECX = 1;
const ESI = 6;
const EDI = 7;

/** One memory operand: X, addressed by (E)SI, or Y, addressed by ES:(E)DI. */
export interface StringOperand {
  readonly register: number;
  /** Undefined: DS or the segment of the prefix. */
  readonly segment: number | undefined;
  readonly access: Access;
}
export const SOURCE: StringOperand = { register: ESI, segment: undefined, access: 'read' };
export const TARGET: StringOperand = { register: EDI, segment: ES, access: 'write' };
/** (E)DI where it is compared with. */
export const COMPARED: StringOperand = { register: EDI, segment: ES, access: 'read' };

/** The work of one call. */
export interface Piece {
  readonly bits: Bits;
  /** Bytes of an element, and elements to do: at least 1. */
  readonly size: number;
  readonly count: number;
  /** EFLAGS.DF: the first element is the highest. */
  readonly down: boolean;
  /** Linear address of the lowest element of each operand. */
  readonly lowest: readonly number[];
}

/** Does the piece; returns how many of its elements are done: all, unless a comparison ended it. */
export type PieceWork = (cpu: Cpu, instruction: Instruction, piece: Piece) => number;

/** Distance of element `i`, in the order of execution, from the lowest. */
export const elementOffset = ({ down, count, size }: Piece, i: number): number => (down ? count - 1 - i : i) * size;

/** How many elements, the first at `position`, lie wholly within a block; 1 if not even the first does. */
const elementsInBlock = (position: number, size: number, down: boolean, block: number): number => {
  if (position + size > block) return 1;
  return Math.floor((down ? position : block - position - size) / size) + 1;
};

/** Width of the string elements: of the operand in X or Y notation. */
const elementBits = (instruction: Instruction): Bits =>
  operandBits(
    instruction,
    instruction.line.operands.findIndex((kind) => kind[0] === 'X' || kind[0] === 'Y'),
  );

const unsigned = (state: CpuState, register: number, bits: Bits): number => readRegister(state, register, bits) >>> 0;

const segmentOf = (operand: StringOperand, instruction: Instruction): number => operand.segment ?? instruction.segment;

/** The next piece; undefined when the count is 0. Throws #GP(0) or #SS(0). */
const nextPiece = (cpu: Cpu, instruction: Instruction, operands: readonly StringOperand[]): Piece | undefined => {
  const { state } = cpu;
  const { addressSize, rep } = instruction;
  const flags = state.get(STATE.eflags);
  const bits = elementBits(instruction);
  const size = bits >> 3;
  const down = (flags & EFLAGS.DF) !== 0;

  let count = rep ? unsigned(state, ECX, addressSize) : 1;
  if (count === 0) return undefined;
  // Single stepping stops after each iteration.
  if (flags & EFLAGS.TF) count = 1;
  for (const operand of operands) {
    const offset = unsigned(state, operand.register, addressSize);
    const linear = (state.segBase(segmentOf(operand, instruction)) + offset) | 0;
    count = Math.min(
      count,
      elementsInBlock(linear & (PAGE_SIZE - 1), size, down, PAGE_SIZE),
      elementsInBlock(offset, size, down, 2 ** addressSize),
    );
  }

  const lowestOffset = (operand: StringOperand): number =>
    unsigned(state, operand.register, addressSize) - (down ? (count - 1) * size : 0);
  const allowed = (operand: StringOperand): boolean =>
    segmentAllows(cpu, segmentOf(operand, instruction), lowestOffset(operand), count * size, operand.access);
  // Near the end of a segment element by element, until the one that faults.
  if (!operands.every(allowed)) count = 1;
  const lowest = operands.map((operand) =>
    linearAddress(cpu, segmentOf(operand, instruction), lowestOffset(operand), count * size, operand.access),
  );
  return { bits, size, count, down, lowest };
};

/** Puts EIP back to the start of the instruction, to be entered again for the iterations left. */
const again = (state: CpuState, instruction: Instruction): void => {
  const start = state.get(STATE.eip) - instruction.length;
  state.set(STATE.eip, isBig(state, CS) ? start : start & 0xffff);
};

/**
 * A string instruction from its memory operands and the work on a piece. With `ends`, REP also ends where that says
 * so after a piece; for comparisons, whose work stops at the element in question.
 */
export const stringInstruction =
  (
    operands: readonly StringOperand[],
    work: PieceWork,
    ends: (cpu: Cpu, instruction: Instruction) => boolean = () => false,
  ): HostInstruction =>
  (cpu, instruction) => {
    const { state } = cpu;
    const { addressSize, rep } = instruction;
    const piece = nextPiece(cpu, instruction, operands);
    if (piece === undefined) return;
    const done = work(cpu, instruction, piece);
    const distance = piece.down ? -done * piece.size : done * piece.size;
    for (const { register } of operands) {
      writeRegister(state, register, addressSize, state.gpr(register) + distance);
    }
    if (!rep) return;
    const left = unsigned(state, ECX, addressSize) - done;
    writeRegister(state, ECX, addressSize, left);
    if (left !== 0 && !ends(cpu, instruction)) again(state, instruction);
  };

const withinPage = (linear: number, bytes: number): boolean => (linear & (PAGE_SIZE - 1)) + bytes <= PAGE_SIZE;

const hostAddress = (state: CpuState, table: number, linear: number): number =>
  (state.i32[(state.get(table) >> 2) + (linear >>> 12)]! + linear) | 0;

/**
 * Host address of a piece's operand for reading, or a negative number where it must be read element by element.
 * Throws #PF.
 */
export const hostForReading = (cpu: Cpu, { lowest, count, size }: Piece, operand: number): number => {
  const linear = lowest[operand]!;
  cpu.mmu.linear.probeRead(linear, count * size);
  return withinPage(linear, count * size) ? hostAddress(cpu.state, STATE.tlbRead, linear) : -1;
};

/** The same for writing; also negative for ROM and for pages with translated code. */
export const hostForWriting = (cpu: Cpu, { lowest, count, size }: Piece, operand: number): number => {
  const linear = lowest[operand]!;
  cpu.mmu.linear.probeWrite(linear, count * size);
  return withinPage(linear, count * size) ? hostAddress(cpu.state, STATE.tlbWrite, linear) : -1;
};
