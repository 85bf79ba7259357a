/** Instructions too rare or too large for generated code: PUSHA, POPA, ENTER, BOUND, SALC. SDM vol. 2. */
import { EFLAGS } from '../../translator/layout.ts';
import type { HostInstruction } from '../cpu.ts';
import { requireAlignment } from '../protection/alignment.ts';
import { Stack } from '../protection/stack.ts';
import { GuestFault, VECTOR } from '../state.ts';
import { effectiveAddress, linearAddress, readReg, writeRegister } from './operands.ts';

const EAX = 0;
const ESP = 4;
const EBP = 5;
const EDI = 7;

const stack = new Stack();

/** Pushes ESP as it was before the instruction. */
const pusha: HostInstruction = (cpu, { operandSize }) => {
  const { state } = cpu;
  stack.current(cpu);
  for (let index = EAX; index <= EDI; index++) stack.push(state.gpr(index), operandSize);
  stack.commit(state);
};

/** The stacked ESP is skipped. All items are read before a register changes. */
const popa: HostInstruction = (cpu, { operandSize }) => {
  const { state } = cpu;
  const bytes = operandSize >> 3;
  stack.current(cpu);
  for (let index = EDI; index >= EAX; index--) stack.peek((EDI - index) * bytes, operandSize);
  for (let index = EDI; index >= EAX; index--) {
    const value = stack.pop(operandSize);
    if (index !== ESP) writeRegister(state, index, operandSize, value);
  }
  stack.commit(state);
};

/** A stack frame with `immediate` bytes of locals and a display of up to 31 outer frames. */
const enter: HostInstruction = (cpu, { operandSize, immediate, immediate2 }) => {
  const { state } = cpu;
  const bytes = operandSize >> 3;
  const level = immediate2 & 31;
  stack.current(cpu);
  stack.push(state.gpr(EBP), operandSize);
  const frame = stack.esp;
  if (level > 0) {
    const display = new Stack().current(cpu);
    display.esp = state.gpr(EBP);
    for (let outer = 1; outer < level; outer++) {
      display.release(-bytes);
      stack.push(display.peek(0, operandSize), operandSize);
    }
    stack.push(frame, operandSize);
  }
  stack.release(-(immediate & 0xffff));
  // The new top of stack must be writable, though nothing is written there yet.
  stack.probe(1, bytes);
  stack.commit(state);
  writeRegister(state, EBP, operandSize, frame);
};

/** A signed index against the two signed bounds in memory. */
const bound: HostInstruction = (cpu, instruction) => {
  const bits = instruction.operandSize;
  const bytes = bits >> 3;
  // Two operands: each is aligned by its own size.
  const at = linearAddress(cpu, instruction.segment, effectiveAddress(cpu, instruction), bytes * 2, 'read', true);
  requireAlignment(cpu.state, at, bytes);
  const memory = cpu.mmu.linear;
  const signed = (value: number): number => (bits === 16 ? (value << 16) >> 16 : value);
  const read = (address: number): number => signed(bits === 16 ? memory.read16(address) : memory.read32(address));
  const lower = read(at);
  const upper = read((at + bytes) | 0);
  const index = signed(readReg(cpu, instruction, bits));
  if (index < lower || index > upper) throw new GuestFault(VECTOR.BR);
};

/** AL := CF ? FF : 0; undocumented, in every processor since the 8086. */
const salc: HostInstruction = (cpu) => writeRegister(cpu.state, EAX, 8, cpu.readEflags() & EFLAGS.CF ? 0xff : 0);

export const MISC: Record<string, HostInstruction> = { pusha, popa, enter, bound, salc };
