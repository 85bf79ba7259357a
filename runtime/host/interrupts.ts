/** INT n, INT3, INTO, INT1 and UD as instructions. SDM vol. 2, INT n. */
import { EFLAGS } from '../../translator/layout.ts';
import type { Cpu, HostInstruction } from '../cpu.ts';
import { deliver, interrupt } from '../protection/interrupts.ts';
import { redirectInterrupt } from '../protection/virtual-8086.ts';
import { GuestFault, VECTOR } from '../state.ts';

const enter = (cpu: Cpu, vector: number): void => {
  interrupt(cpu, vector);
  cpu.endStep();
};

const int: HostInstruction = (cpu, { immediate }) => {
  const vector = immediate & 0xff;
  if (redirectInterrupt(cpu, vector)) cpu.endStep();
  else enter(cpu, vector);
};

/** Unlike INT 3 neither sensitive to IOPL nor redirected. */
const int3: HostInstruction = (cpu) => enter(cpu, VECTOR.BP);

const into: HostInstruction = (cpu) => {
  if (cpu.readEflags() & EFLAGS.OF) enter(cpu, VECTOR.OF);
};

/** Like a debug trap: the gate's DPL does not count. */
const TRAP = { vector: VECTOR.DB };
const int1: HostInstruction = (cpu) => {
  deliver(cpu, TRAP);
  cpu.endStep();
};

const ud: HostInstruction = () => {
  throw new GuestFault(VECTOR.UD);
};

export const INTERRUPTS: Record<string, HostInstruction> = { int, int3, into, int1, ud };
