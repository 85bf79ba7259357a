/** IRET in all its forms. SDM vol. 2, IRET; to and from virtual-8086 mode vol. 3, 21.2.3 and 21.3. */
import { CS, DS, EFLAGS, ES, FS, GS, SS, STATE, TR } from '../../translator/layout.ts';
import type { Cpu, HostInstruction } from '../cpu.ts';
import { hasBreakpoints } from '../debug.ts';
import { type CpuState, generalProtection } from '../state.ts';
import { cplOf, ioplOf, isProtected, isVirtual8086 } from './modes.ts';
import { setVirtual8086Segment } from './segments.ts';
import { Stack } from './stack.ts';
import { returnTo, setRealCode, switchTaskFrom } from './transfers.ts';
import { usesVirtualFlag, withVirtualImage } from './virtual-8086.ts';

/** Flags that any IRET loads: CF PF AF ZF SF TF DF OF NT. */
const ALWAYS =
  EFLAGS.CF | EFLAGS.PF | EFLAGS.AF | EFLAGS.ZF | EFLAGS.SF | EFLAGS.TF | EFLAGS.DF | EFLAGS.OF | EFLAGS.NT;

const stack = new Stack();

const iret: HostInstruction = (cpu, instruction) => {
  const { state } = cpu;
  const bits = instruction.operandSize;
  cpu.unblockNmi();
  if (isProtected(state) && !isVirtual8086(state)) {
    if (state.get(STATE.eflags) & EFLAGS.NT) returnToCaller(cpu);
    else returnProtected(cpu, bits);
    return;
  }
  const virtual = usesVirtualFlag(state, bits);
  stack.current(cpu);
  const eip = popOffset(bits);
  const selector = stack.pop(bits) & 0xffff;
  const image = stack.pop(bits);
  if (eip > state.segLimit(CS)) generalProtection();
  const mask = loadableFlags(state, bits);
  const flags = virtual ? withVirtualImage(state.get(STATE.eflags), image, mask) : mergeFlags(state, image, mask);
  stack.commit(state);
  cpu.writeEflags(flags);
  setRealCode(cpu, selector, eip);
};

const popOffset = (bits: 16 | 32): number => stack.pop(bits) >>> 0;

/** Flags that an image of `bits` may change at the present CPL and IOPL. */
const loadableFlags = (state: CpuState, bits: 16 | 32): number => {
  const cpl = cplOf(state);
  let mask = ALWAYS;
  if (cpl <= ioplOf(state)) mask |= EFLAGS.IF;
  if (cpl === 0) mask |= EFLAGS.IOPL;
  if (bits === 32) {
    mask |= EFLAGS.AC | EFLAGS.ID;
    if (cpl === 0 && isProtected(state)) mask |= EFLAGS.VIF | EFLAGS.VIP;
    // RF matters to breakpoints alone: without any it is not kept, so that nothing has to clear it.
    if (hasBreakpoints(state)) mask |= EFLAGS.RF;
  }
  return mask;
};

const mergeFlags = (state: CpuState, image: number, mask: number): number =>
  (state.get(STATE.eflags) & ~mask) | (image & mask);

const returnProtected = (cpu: Cpu, bits: 16 | 32): void => {
  const { state } = cpu;
  stack.current(cpu);
  const eip = popOffset(bits);
  const selector = stack.pop(bits) & 0xffff;
  const image = stack.pop(bits);
  if (bits === 32 && image & EFLAGS.VM && cplOf(state) === 0) {
    returnToVirtual8086(cpu, eip, selector, image);
    return;
  }
  const mask = loadableFlags(state, bits);
  returnTo(cpu, stack, selector, eip, bits, 0);
  cpu.writeEflags(mergeFlags(state, image, mask));
};

const returnToVirtual8086 = (cpu: Cpu, eip: number, code: number, image: number): void => {
  const { state } = cpu;
  const esp = stack.pop(32);
  const stackSegment = stack.pop(32) & 0xffff;
  const es = stack.pop(32) & 0xffff;
  const ds = stack.pop(32) & 0xffff;
  const fs = stack.pop(32) & 0xffff;
  const gs = stack.pop(32) & 0xffff;
  if (eip > 0xffff) generalProtection();
  setVirtual8086Segment(state, CS, code);
  setVirtual8086Segment(state, SS, stackSegment);
  setVirtual8086Segment(state, ES, es);
  setVirtual8086Segment(state, DS, ds);
  setVirtual8086Segment(state, FS, fs);
  setVirtual8086Segment(state, GS, gs);
  state.setGpr(4, esp);
  state.set(STATE.eip, eip);
  cpu.setCpl(3);
  cpu.writeEflags(hasBreakpoints(state) ? image : image & ~EFLAGS.RF);
};

/** NT set: back to the task that the TSS links to. SDM vol. 3, 7.4. */
const returnToCaller = (cpu: Cpu): void => {
  const link = cpu.mmu.linear.system.read16(cpu.state.segBase(TR));
  switchTaskFrom(cpu, link, 'return');
};

export const RETURNS: Record<string, HostInstruction> = { iret };
