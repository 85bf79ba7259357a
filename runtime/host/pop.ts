/** POP to memory: the address is computed with ESP as it is after the pop. SDM vol. 2, POP. */
import type { HostInstruction } from '../cpu.ts';
import { Stack } from '../protection/stack.ts';
import { writeRm } from './operands.ts';

const ESP = 4;
const stack = new Stack();

export const popMemory: HostInstruction = (cpu, instruction) => {
  const { state } = cpu;
  const bits = instruction.operandSize;
  stack.current(cpu);
  const value = stack.peek(0, bits);
  stack.release(bits >> 3);
  const before = state.gpr(ESP);
  stack.commit(state);
  try {
    writeRm(cpu, instruction, bits, value);
  } catch (fault) {
    state.setGpr(ESP, before);
    throw fault;
  }
};
