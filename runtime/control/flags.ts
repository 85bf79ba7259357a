/** CLI, STI, PUSHF, POPF where IOPL or virtual-8086 mode have a say. SDM vol. 2; vol. 3, 21.2.7. */
import { ARITHMETIC_FLAGS, EFLAGS, STATE } from '../../translator/layout.ts';
import type { Cpu, HostInstruction } from '../cpu.ts';
import { cplOf, ioplOf, requireVirtualIopl } from '../protection/modes.ts';
import { Stack } from '../protection/stack.ts';
import { generalProtection } from '../state.ts';

const stack = new Stack();

/** Throws #GP(0) unless CPL ≤ IOPL; in virtual-8086 mode CPL is 3, in real mode 0. */
const requireIopl = (cpu: Cpu): void => {
  if (cplOf(cpu.state) > ioplOf(cpu.state)) generalProtection();
};

const cli: HostInstruction = (cpu) => {
  requireIopl(cpu);
  cpu.state.set(STATE.eflags, cpu.state.get(STATE.eflags) & ~EFLAGS.IF);
};

/** The instruction after an STI that set IF still runs without interrupts. */
const sti: HostInstruction = (cpu) => {
  requireIopl(cpu);
  const { state } = cpu;
  const flags = state.get(STATE.eflags);
  if (flags & EFLAGS.IF) return;
  state.set(STATE.eflags, flags | EFLAGS.IF);
  state.set(STATE.shadow, 1);
};

const pushf: HostInstruction = (cpu, { operandSize }) => {
  requireVirtualIopl(cpu.state);
  stack.current(cpu);
  stack.push(cpu.readEflags() & ~(EFLAGS.VM | EFLAGS.RF), operandSize);
  stack.commit(cpu.state);
};

/** What POPF loads whatever the privilege; RF it clears. */
const UNPRIVILEGED = ARITHMETIC_FLAGS | EFLAGS.TF | EFLAGS.DF | EFLAGS.NT | EFLAGS.AC | EFLAGS.ID;

const popf: HostInstruction = (cpu, { operandSize }) => {
  const { state } = cpu;
  requireVirtualIopl(state);
  const cpl = cplOf(state);
  let mask = UNPRIVILEGED;
  if (cpl <= ioplOf(state)) mask |= EFLAGS.IF;
  if (cpl === 0) mask |= EFLAGS.IOPL;
  if (operandSize === 16) mask &= 0xffff;
  stack.current(cpu);
  const image = stack.pop(operandSize);
  stack.commit(state);
  const kept = operandSize === 32 ? ~(mask | EFLAGS.RF) : ~mask;
  cpu.writeEflags((state.get(STATE.eflags) & kept) | (image & mask));
};

export const FLAGS: Record<string, HostInstruction> = { cli, sti, pushf, popf };
