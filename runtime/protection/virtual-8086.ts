/**
 * What virtual-8086 mode with IOPL below 3 does to instructions that touch IF: #GP(0) for the monitor to emulate them,
 * or with CR4.VME work on VIF instead. CR4.PVI gives CLI and STI the same at CPL 3. SDM vol. 3, 21.2.7, 21.3.3, 21.4.
 */

import { CR4 } from '../../translator/control-bits.ts';
import { CS, EFLAGS, STATE, TR } from '../../translator/layout.ts';
import type { Cpu } from '../cpu.ts';
import { type CpuState, generalProtection } from '../state.ts';
import { cplOf, ioplOf, isVirtual8086 } from './modes.ts';
import { setRealSegment } from './segments.ts';
import { Stack } from './stack.ts';

const stack = new Stack();

const hasExtensions = (state: CpuState): boolean => (state.get(STATE.cr4) & CR4.VME) !== 0;
const isConfined = (state: CpuState): boolean => isVirtual8086(state) && ioplOf(state) < 3;

/**
 * PUSHF, POPF and IRET: whether VIF stands for IF. Throws #GP(0) where the monitor has to do it, which with VME are
 * only the 32-bit forms.
 */
export const usesVirtualFlag = (state: CpuState, bits: 16 | 32): boolean => {
  if (!isConfined(state)) return false;
  if (!hasExtensions(state) || bits === 32) generalProtection();
  return true;
};

/** The FLAGS image that a confined program sees: VIF as IF, and IOPL 3. */
export const virtualImage = (flags: number): number =>
  (flags & ~EFLAGS.IF) | EFLAGS.IOPL | (flags & EFLAGS.VIF ? EFLAGS.IF : 0);

/** EFLAGS after a confined program has loaded an image. Throws #GP(0) for what only the monitor can do. */
export const withVirtualImage = (flags: number, image: number, mask: number): number => {
  if (image & EFLAGS.TF || (image & EFLAGS.IF && flags & EFLAGS.VIP)) generalProtection();
  const loaded = mask & 0xffff & ~(EFLAGS.IF | EFLAGS.IOPL);
  return (flags & ~(loaded | EFLAGS.VIF)) | (image & loaded) | (image & EFLAGS.IF ? EFLAGS.VIF : 0);
};

/**
 * CLI and STI: the flag that they change, IF or VIF. Throws #GP(0) where neither is allowed.
 */
export const interruptFlagOf = (state: CpuState): number => {
  const cpl = cplOf(state);
  if (cpl <= ioplOf(state)) return EFLAGS.IF;
  const virtual = isVirtual8086(state) ? hasExtensions(state) : cpl === 3 && (state.get(STATE.cr4) & CR4.PVI) !== 0;
  if (!virtual) generalProtection();
  return EFLAGS.VIF;
};

/** Offset of the I/O map base in a TSS; the 32 bytes before the map are one bit a vector. */
const MAP_BASE = 0x66;
const REDIRECTION_BYTES = 32;

/** The vector's bit in the TSS: clear where the program's own handler is meant. Throws #GP(0) beyond the limit. */
const goesToMonitor = (cpu: Cpu, vector: number): boolean => {
  const { state } = cpu;
  const memory = cpu.mmu.linear.system;
  const limit = state.segLimit(TR);
  if (MAP_BASE + 1 > limit) generalProtection();
  const at = memory.read16((state.segBase(TR) + MAP_BASE) | 0) - REDIRECTION_BYTES + (vector >> 3);
  if (at < 0 || at > limit) generalProtection();
  return (memory.read8((state.segBase(TR) + at) | 0) & (1 << (vector & 7))) !== 0;
};

/** Calls the handler that the program's interrupt vector table at linear address 0 names. SDM vol. 3, 21.3.3.4. */
const enterProgramsHandler = (cpu: Cpu, vector: number): void => {
  const { state } = cpu;
  const memory = cpu.mmu.linear;
  const offset = memory.read16(vector * 4);
  const selector = memory.read16(vector * 4 + 2);
  const flags = cpu.readEflags();
  const confined = isConfined(state);
  stack.current(cpu);
  stack.push16(confined ? virtualImage(flags) : flags);
  stack.push16(state.selector(CS));
  stack.push16(state.get(STATE.eip));
  stack.commit(state);
  setRealSegment(state, CS, selector);
  state.set(STATE.eip, offset);
  cpu.writeEflags(flags & ~(EFLAGS.TF | EFLAGS.RF | (confined ? EFLAGS.VIF : EFLAGS.IF)));
};

/** INT n in virtual-8086 mode: true when it has been done here; else it goes through the IDT. Throws #GP(0). */
export const redirectInterrupt = (cpu: Cpu, vector: number): boolean => {
  const { state } = cpu;
  if (!isVirtual8086(state)) return false;
  if (!hasExtensions(state) || goesToMonitor(cpu, vector)) {
    if (isConfined(state)) generalProtection();
    return false;
  }
  enterProgramsHandler(cpu, vector);
  return true;
};
