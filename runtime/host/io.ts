/**
 * IN, OUT, INS and OUTS, and who may use which port. SDM vol. 1, chapter 19 (input/output).
 */
import type { Instruction } from '../../translator/isa/instruction.ts';
import { TR } from '../../translator/layout.ts';
import type { AccessSize } from '../board.ts';
import type { Cpu, HostInstruction } from '../cpu.ts';
import { checkPortBreakpoints } from '../debug.ts';
import { cplOf, ioplOf, isProtected, isVirtual8086 } from '../protection/modes.ts';
import { generalProtection } from '../state.ts';
import { type Bits, operandBits, readMemory, readRegister, writeMemory, writeRegister } from './operands.ts';
import {
  elementBits,
  elementOffset,
  hostForReading,
  hostForWriting,
  type PieceWork,
  SOURCE,
  stringInstruction,
  TARGET,
} from './repeat.ts';

const EAX = 0;
const EDX = 2;

/** Offset of the 16-bit I/O map base in a 32-bit TSS. SDM vol. 3, figure 7-2. */
const IO_MAP_BASE = 102;
/** Types of a 32-bit TSS, busy bit masked out. SDM vol. 3, table 3-2. */
const TSS32_TYPE = 9;
const TYPE_WITHOUT_BUSY = 0xd;

/** Whether the TSS grants all ports of the access. Throws #PF where the TSS is not mapped. */
const ioMapAllows = ({ state, mmu }: Cpu, port: number, size: AccessSize): boolean => {
  const limit = state.segLimit(TR);
  if ((state.segAccess(TR) & TYPE_WITHOUT_BUSY) !== TSS32_TYPE || limit < IO_MAP_BASE + 1) return false;
  const map = mmu.linear.system.read16(state.segBase(TR) + IO_MAP_BASE) + (port >> 3);
  // Two bytes are read, since the bits of an unaligned access may lie in both; the map ends with a byte of ones.
  if (map + 1 > limit) return false;
  const bits = mmu.linear.system.read16(state.segBase(TR) + map) >> (port & 7);
  return (bits & ((1 << size) - 1)) === 0;
};

/** Throws #GP(0) unless CPL and IOPL, or the I/O permission bit map, allow the access. */
const checkPort = (cpu: Cpu, port: number, size: AccessSize): void => {
  const { state } = cpu;
  if (!isProtected(state)) return;
  // Virtual-8086 mode always asks the bit map.
  if (cplOf(state) <= ioplOf(state) && !isVirtual8086(state)) return;
  if (!ioMapAllows(cpu, port, size)) generalProtection();
};

const bytesOf = (bits: Bits): AccessSize => (bits >> 3) as AccessSize;

const portOf = (cpu: Cpu, instruction: Instruction, position: number): number =>
  instruction.line.operands[position] === 'DX' ? readRegister(cpu.state, EDX, 16) : instruction.immediate & 0xff;

const unsignedOf = (value: number, bits: Bits): number => (bits === 32 ? value >>> 0 : value);

const readPort = (cpu: Cpu, port: number, size: AccessSize): number => {
  const value = cpu.board.portRead(port, size);
  checkPortBreakpoints(cpu, port, size);
  return value;
};
const writePort = (cpu: Cpu, port: number, size: AccessSize, value: number): void => {
  cpu.board.portWrite(port, size, value);
  checkPortBreakpoints(cpu, port, size);
};

const inPort: HostInstruction = (cpu, instruction) => {
  const bits = operandBits(instruction, 0);
  const port = portOf(cpu, instruction, 1);
  checkPort(cpu, port, bytesOf(bits));
  writeRegister(cpu.state, EAX, bits, readPort(cpu, port, bytesOf(bits)));
};

const outPort: HostInstruction = (cpu, instruction) => {
  const bits = operandBits(instruction, 1);
  const port = portOf(cpu, instruction, 0);
  checkPort(cpu, port, bytesOf(bits));
  writePort(cpu, port, bytesOf(bits), unsignedOf(readRegister(cpu.state, EAX, bits), bits));
};

/** INS and OUTS ask for the port before anything else. */
const permitString = (cpu: Cpu, instruction: Instruction): void =>
  checkPort(cpu, readRegister(cpu.state, EDX, 16), bytesOf(elementBits(instruction)));

const ins: PieceWork = (cpu, _, piece) => {
  const { bits, count, lowest } = piece;
  const port = readRegister(cpu.state, EDX, 16);
  // What is read from the port must have a place to go.
  hostForWriting(cpu, piece, 0);
  for (let i = 0; i < count; i++) {
    writeMemory(cpu, lowest[0]! + elementOffset(piece, i), bits, readPort(cpu, port, bytesOf(bits)));
  }
  return count;
};

const outs: PieceWork = (cpu, _, piece) => {
  const { bits, count, lowest } = piece;
  const port = readRegister(cpu.state, EDX, 16);
  hostForReading(cpu, piece, 0);
  for (let i = 0; i < count; i++) {
    const value = readMemory(cpu, lowest[0]! + elementOffset(piece, i), bits);
    writePort(cpu, port, bytesOf(bits), unsignedOf(value, bits));
  }
  return count;
};

export const ioInstructions = {
  in: inPort,
  out: outPort,
  ins: stringInstruction([TARGET], ins, undefined, permitString),
  outs: stringInstruction([SOURCE], outs, undefined, permitString),
} satisfies Record<string, HostInstruction>;
