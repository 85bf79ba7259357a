/** CLI, STI, PUSHF, POPF where IOPL or virtual-8086 mode have a say. SDM vol. 2; vol. 3, 21.2.7. */
import { ARITHMETIC_FLAGS, EFLAGS, SHADOW, STATE } from '../../translator/layout.ts';
import type { HostInstruction } from '../cpu.ts';
import { cplOf, ioplOf } from '../protection/modes.ts';
import { Stack } from '../protection/stack.ts';
import { interruptFlagOf, usesVirtualFlag, virtualImage, withVirtualImage } from '../protection/virtual-8086.ts';
import { generalProtection } from '../state.ts';

const stack = new Stack();

const cli: HostInstruction = ({ state }) => state.set(STATE.eflags, state.get(STATE.eflags) & ~interruptFlagOf(state));

/** The instruction after an STI that set IF still runs without interrupts. Where VIP waits for VIF, #GP(0). */
const sti: HostInstruction = ({ state }) => {
  const flag = interruptFlagOf(state);
  const flags = state.get(STATE.eflags);
  if (flag === EFLAGS.VIF && flags & EFLAGS.VIP) generalProtection();
  if (flags & flag) return;
  state.set(STATE.eflags, flags | flag);
  if (flag === EFLAGS.IF) state.set(STATE.shadow, SHADOW.sti);
};

const pushf: HostInstruction = (cpu, { operandSize }) => {
  const flags = cpu.readEflags() & ~(EFLAGS.VM | EFLAGS.RF);
  const image = usesVirtualFlag(cpu.state, operandSize) ? virtualImage(flags) : flags;
  stack.current(cpu);
  stack.push(image, operandSize);
  stack.commit(cpu.state);
};

/** What POPF loads whatever the privilege; RF it clears. */
const UNPRIVILEGED = ARITHMETIC_FLAGS | EFLAGS.TF | EFLAGS.DF | EFLAGS.NT | EFLAGS.AC | EFLAGS.ID;

const popf: HostInstruction = (cpu, { operandSize }) => {
  const { state } = cpu;
  const virtual = usesVirtualFlag(state, operandSize);
  const cpl = cplOf(state);
  let mask = UNPRIVILEGED;
  if (cpl <= ioplOf(state)) mask |= EFLAGS.IF;
  if (cpl === 0) mask |= EFLAGS.IOPL;
  if (operandSize === 16) mask &= 0xffff;
  stack.current(cpu);
  const image = stack.pop(operandSize);
  if (virtual) {
    const flags = withVirtualImage(state.get(STATE.eflags), image, mask);
    stack.commit(state);
    cpu.writeEflags(flags);
    return;
  }
  stack.commit(state);
  const kept = operandSize === 32 ? ~(mask | EFLAGS.RF) : ~mask;
  cpu.writeEflags((state.get(STATE.eflags) & kept) | (image & mask));
};

export const FLAGS: Record<string, HostInstruction> = { cli, sti, pushf, popf };
