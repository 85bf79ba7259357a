/**
 * What all string instructions have in common: pointers that advance, the REP count, and the piece of work done in
 * one call. A piece stays within one page of each operand; how long it is depends on registers alone, never on what
 * the TLB holds, so that runs counted in instructions repeat exactly. SDM vol. 1, 7.3.9; vol. 2, REP.
 */
import type { Instruction } from '../../translator/isa/instruction.ts';
import { CS, EFLAGS, ES, MODE, PAGE_SIZE, STATE } from '../../translator/layout.ts';
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
export const elementBits = (instruction: Instruction): Bits => {
  const first = instruction.line.operands[0]![0];
  return operandBits(instruction, first === 'X' || first === 'Y' ? 0 : 1);
};

const unsigned = (state: CpuState, register: number, bits: Bits): number => readRegister(state, register, bits) >>> 0;

const segmentOf = (operand: StringOperand, instruction: Instruction): number => operand.segment ?? instruction.segment;

/** Offset in the segment of the lowest element, `below` bytes under the first. */
const lowestOffset = (state: CpuState, { register }: StringOperand, addressSize: Bits, below: number): number =>
  unsigned(state, register, addressSize) - below;

/** The next piece; the count is not 0. Throws #GP(0), #SS(0), #AC(0) or #PF. */
const nextPiece = (cpu: Cpu, instruction: Instruction, operands: readonly StringOperand[]): Piece => {
  const { state } = cpu;
  const { addressSize, rep } = instruction;
  const flags = state.get(STATE.eflags);
  const bits = elementBits(instruction);
  const size = bits >> 3;
  const down = (flags & EFLAGS.DF) !== 0;

  const wanted = rep ? unsigned(state, ECX, addressSize) : 1;
  // Single step and data breakpoints stop after each iteration; alignment is checked at each.
  let count = state.get(STATE.mode) & (MODE.debug | MODE.alignment) ? 1 : Math.min(wanted, PAGE_SIZE);
  for (const operand of operands) {
    const offset = unsigned(state, operand.register, addressSize);
    const inPage = (state.segBase(segmentOf(operand, instruction)) + offset) & (PAGE_SIZE - 1);
    count = Math.min(count, elementsInBlock(inPage, size, down, PAGE_SIZE));
    const wrap = addressSize === 16 ? 0x1_0000 : 0x1_0000_0000;
    if (down ? offset < PAGE_SIZE : offset + PAGE_SIZE > wrap) {
      count = Math.min(count, elementsInBlock(offset, size, down, wrap));
    }
  }

  // Near the end of a segment element by element, until the one that faults.
  for (const operand of operands) {
    if (count === 1) break;
    const low = lowestOffset(state, operand, addressSize, down ? (count - 1) * size : 0);
    if (!segmentAllows(cpu, segmentOf(operand, instruction), low, count * size, operand.access)) count = 1;
  }
  const lowest: number[] = [];
  for (const operand of operands) {
    const segment = segmentOf(operand, instruction);
    const low = lowestOffset(state, operand, addressSize, down ? (count - 1) * size : 0);
    if (count > 1) {
      lowest.push((state.segBase(segment) + low) | 0);
      continue;
    }
    const linear = linearAddress(cpu, segment, low, size, operand.access);
    lowest.push(linear);
    // What is read is read before anything is asked of where it goes.
    if (operands.length > 1 && operand.access === 'read') cpu.mmu.linear.probeRead(linear, size);
  }
  return { bits, size, count, down, lowest };
};

/** Puts EIP back to the start of the instruction, to be entered again for the iterations left. */
const again = (state: CpuState, instruction: Instruction): void => {
  const start = state.get(STATE.eip) - instruction.length;
  state.set(STATE.eip, isBig(state, CS) ? start : start & 0xffff);
};

/**
 * A string instruction from its memory operands and the work on a piece. With `ends`, REP also ends where that says
 * so after a piece; for comparisons, whose work stops at the element in question. `permit` may refuse it all before.
 */
export const stringInstruction =
  (
    operands: readonly StringOperand[],
    work: PieceWork,
    ends: (cpu: Cpu, instruction: Instruction) => boolean = () => false,
    permit: (cpu: Cpu, instruction: Instruction) => void = () => {},
  ): HostInstruction =>
  (cpu, instruction) => {
    const { state } = cpu;
    const { addressSize, rep } = instruction;
    if (rep && unsigned(state, ECX, addressSize) === 0) return;
    permit(cpu, instruction);
    const piece = nextPiece(cpu, instruction, operands);
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

/** Host address by the table in force, negative where it has no entry for all of the bytes. */
const hostAddress = (state: CpuState, table: number, linear: number, bytes: number): number =>
  (linear & (PAGE_SIZE - 1)) + bytes > PAGE_SIZE
    ? -1
    : (state.i32[(state.get(table) >> 2) + (linear >>> 12)]! + linear) | 0;

const hostFor =
  (table: number, probe: 'probeRead' | 'probeWrite') =>
  (cpu: Cpu, { lowest, count, size }: Piece, operand: number): number => {
    const linear = lowest[operand]!;
    const known = hostAddress(cpu.state, table, linear, count * size);
    if (known >= 0) return known;
    cpu.mmu.linear[probe](linear, count * size);
    return hostAddress(cpu.state, table, linear, count * size);
  };

/**
 * Host address of a piece's operand for reading, or a negative number where it must be read element by element.
 * Throws #PF.
 */
export const hostForReading = hostFor(STATE.tlbRead, 'probeRead');
/** The same for writing; also negative for ROM and for pages with translated code. */
export const hostForWriting = hostFor(STATE.tlbWrite, 'probeWrite');
