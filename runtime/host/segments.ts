/** MOV, PUSH and POP of segment registers, far pointer loads. SDM vol. 2. */
import { isMemory, regOf } from '../../translator/isa/instruction.ts';
import { CS, DS, ES, FS, GS, SEGMENT_NAMES, SHADOW, SS, STATE } from '../../translator/layout.ts';
import type { HostInstruction } from '../cpu.ts';
import { loadSegment } from '../protection/segments.ts';
import { Stack } from '../protection/stack.ts';
import { GuestFault, VECTOR } from '../state.ts';
import { operandAddress, readRm, writeReg, writeRm } from './operands.ts';

const stack = new Stack();

const invalid = (): never => {
  throw new GuestFault(VECTOR.UD);
};

/** Loading SS holds off interrupts for one instruction, which usually loads ESP. SDM vol. 3, 6.8.3. */
const movSreg: HostInstruction = (cpu, instruction) => {
  const seg = regOf(instruction.modrm);
  if (seg === CS || seg > GS) invalid();
  loadSegment(cpu, seg, readRm(cpu, instruction, 16));
  if (seg === SS) cpu.state.set(STATE.shadow, SHADOW.stackSegment);
};

const movFromSreg: HostInstruction = (cpu, instruction) => {
  const seg = regOf(instruction.modrm);
  if (seg > GS) invalid();
  writeRm(cpu, instruction, isMemory(instruction) ? 16 : instruction.operandSize, cpu.state.selector(seg));
};

/** Segment registers by their names in the opcode table. */
const BY_NAME = new Map(SEGMENT_NAMES.map((name, seg) => [name.toUpperCase(), seg]));

const pushSreg: HostInstruction = (cpu, { line, operandSize }) => {
  const { state } = cpu;
  stack.current(cpu);
  stack.push(state.selector(BY_NAME.get(line.operands[0]!)!), operandSize);
  stack.commit(state);
};

const popSreg: HostInstruction = (cpu, { line, operandSize }) => {
  const { state } = cpu;
  const seg = BY_NAME.get(line.operands[0]!)!;
  stack.current(cpu);
  const selector = stack.peek(0, 16);
  stack.release(operandSize >> 3);
  const { esp } = stack;
  loadSegment(cpu, seg, selector);
  state.setGpr(4, esp);
  if (seg === SS) state.set(STATE.shadow, SHADOW.stackSegment);
};

/** LES, LSS, LDS, LFS, LGS. */
const loadFarPointer =
  (seg: number): HostInstruction =>
  (cpu, instruction) => {
    const bits = instruction.operandSize;
    const at = operandAddress(cpu, instruction, (bits >> 3) + 2, 'read');
    const memory = cpu.mmu.linear;
    const offset = bits === 32 ? memory.read32(at) : memory.read16(at);
    const selector = memory.read16((at + (bits >> 3)) | 0);
    loadSegment(cpu, seg, selector);
    writeReg(cpu, instruction, bits, offset);
  };

export const SEGMENT_REGISTERS: Record<string, HostInstruction> = {
  movSreg,
  movFromSreg,
  pushSreg,
  popSreg,
  les: loadFarPointer(ES),
  lss: loadFarPointer(SS),
  lds: loadFarPointer(DS),
  lfs: loadFarPointer(FS),
  lgs: loadFarPointer(GS),
};
