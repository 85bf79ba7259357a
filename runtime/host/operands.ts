/**
 * Operands of instructions executed in TypeScript: registers, effective addresses, segment checks, ModRM operands.
 * Offsets are unsigned; linear addresses are signed 32-bit numbers, so that they stay small integers in V8.
 */
import { type Instruction, isMemory, regOf, rmOf } from '../../translator/isa/instruction.ts';
import { SS, STATE } from '../../translator/layout.ts';
import type { Cpu } from '../cpu.ts';
import { requireAlignment } from '../protection/alignment.ts';
import { ACCESS, withinLimit } from '../protection/descriptors.ts';
import { isProtected } from '../protection/modes.ts';
import { type CpuState, GuestFault, VECTOR } from '../state.ts';

export type Bits = 8 | 16 | 32;
export type Access = 'read' | 'write';

/** Width in bits of operand `position`, from its notation in the opcode table. */
export const operandBits = (instruction: Instruction, position: number): Bits => {
  const kind = instruction.line.operands[position];
  if (kind === 'AL' || kind === 'CL') return 8;
  if (kind === 'AX' || kind === 'DX') return 16;
  switch (kind?.at(-1)) {
    case 'b':
      return 8;
    case 'w':
      return 16;
    case 'd':
      return 32;
    default:
      return instruction.operandSize;
  }
};

/** Host offset of a byte register: encodings 4-7 are AH, CH, DH, BH. SDM vol. 2, table 3-1. */
const byteRegister = (index: number): number => STATE.gpr + (index & 3) * 4 + (index >> 2);

/** General register by encoding: unsigned for 8 and 16 bits, signed for 32. */
export const readRegister = (state: CpuState, index: number, bits: Bits): number => {
  if (bits === 8) return state.u8[byteRegister(index)]!;
  const value = state.gpr(index);
  return bits === 16 ? value & 0xffff : value;
};

/** Writes the low `bits` of `value`; the rest of the register stays. */
export const writeRegister = (state: CpuState, index: number, bits: Bits, value: number): void => {
  if (bits === 8) state.u8[byteRegister(index)] = value;
  else if (bits === 16) state.u16[(STATE.gpr >> 1) + index * 2] = value;
  else state.setGpr(index, value);
};

/** Offset of the memory operand within its segment, unsigned, wrapped to the address size. */
export const effectiveAddress = (cpu: Cpu, instruction: Instruction): number => {
  const { base, index, scale, displacement, addressSize } = instruction;
  let offset = displacement;
  if (base >= 0) offset += cpu.state.gpr(base);
  if (index >= 0) offset += cpu.state.gpr(index) << scale;
  return addressSize === 16 ? offset & 0xffff : offset >>> 0;
};

/** D/B of a segment: 32-bit code, or a stack addressed through ESP. */
export const isBig = (state: CpuState, seg: number): boolean => (state.segAccess(seg) & ACCESS.big) !== 0;

const permits = (access: number, wanted: Access): boolean => {
  if (wanted === 'read') return (access & (ACCESS.code | ACCESS.readWrite)) !== ACCESS.code;
  return (access & (ACCESS.code | ACCESS.readWrite)) === ACCESS.readWrite;
};

/**
 * Whether the segment may be accessed so: present (a null selector leaves the cache without), of the right type, and
 * `bytes` bytes at `offset` (unsigned) within its limit. SDM vol. 3, 5.3-5.5.
 */
export const segmentAllows = (cpu: Cpu, seg: number, offset: number, bytes: number, wanted: Access): boolean => {
  const { state } = cpu;
  const access = state.segAccess(seg);
  // In real mode the type left over from protected mode has no say: CS may be written.
  if (isProtected(state) && !((access & ACCESS.present) !== 0 && permits(access, wanted))) return false;
  return withinLimit(state.segLimit(seg), access, offset, bytes);
};

/**
 * Linear address of `bytes` bytes at `offset` of segment `seg`. Throws #GP(0), or #SS(0) for the stack segment, where
 * segmentAllows says no, and #AC(0) unless the caller asks for more than alignment checks do.
 */
export const linearAddress = (
  cpu: Cpu,
  seg: number,
  offset: number,
  bytes: number,
  wanted: Access,
  alignedAnyway = false,
): number => {
  if (!segmentAllows(cpu, seg, offset >>> 0, bytes, wanted)) {
    throw new GuestFault(seg === SS ? VECTOR.SS : VECTOR.GP, 0);
  }
  const linear = (cpu.state.segBase(seg) + offset) | 0;
  if (!alignedAnyway) requireAlignment(cpu.state, linear, bytes);
  return linear;
};

/** Linear address of the ModRM memory operand, `bytes` long. Throws as linearAddress does. */
export const operandAddress = (cpu: Cpu, instruction: Instruction, bytes: number, wanted: Access): number =>
  linearAddress(cpu, instruction.segment, effectiveAddress(cpu, instruction), bytes, wanted);

/** The ModRM register-or-memory operand: unsigned for 8 and 16 bits, signed for 32. Throws #GP, #SS, #PF. */
export const readRm = (cpu: Cpu, instruction: Instruction, bits: Bits): number => {
  if (!isMemory(instruction)) return readRegister(cpu.state, rmOf(instruction.modrm), bits);
  return readMemory(cpu, operandAddress(cpu, instruction, bits >> 3, 'read'), bits);
};

/** Writes the ModRM register-or-memory operand. Throws #GP, #SS, #PF before anything is changed. */
export const writeRm = (cpu: Cpu, instruction: Instruction, bits: Bits, value: number): void => {
  if (!isMemory(instruction)) writeRegister(cpu.state, rmOf(instruction.modrm), bits, value);
  else writeMemory(cpu, operandAddress(cpu, instruction, bits >> 3, 'write'), bits, value);
};

/** The ModRM register operand (field reg). */
export const readReg = (cpu: Cpu, instruction: Instruction, bits: Bits): number =>
  readRegister(cpu.state, regOf(instruction.modrm), bits);
export const writeReg = (cpu: Cpu, instruction: Instruction, bits: Bits, value: number): void =>
  writeRegister(cpu.state, regOf(instruction.modrm), bits, value);

/** A value at a linear address: unsigned for 8 and 16 bits, signed for 32. Throws #PF. */
export const readMemory = (cpu: Cpu, linear: number, bits: Bits): number => {
  const memory = cpu.mmu.linear;
  return bits === 8 ? memory.read8(linear) : bits === 16 ? memory.read16(linear) : memory.read32(linear);
};

/** Writes a value at a linear address. Throws #PF. */
export const writeMemory = (cpu: Cpu, linear: number, bits: Bits, value: number): void => {
  const memory = cpu.mmu.linear;
  if (bits === 8) memory.write8(linear, value);
  else if (bits === 16) memory.write16(linear, value);
  else memory.write32(linear, value);
};
