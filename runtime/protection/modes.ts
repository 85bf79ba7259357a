/** Which mode the CPU is in, and what that mode lets a program do. SDM vol. 3, 2.2 and 5.5. */

import { CR0 } from '../../translator/control-bits.ts';
import { EFLAGS, STATE } from '../../translator/layout.ts';
import type { Cpu } from '../cpu.ts';
import { type CpuState, GuestFault, generalProtection, VECTOR } from '../state.ts';

export const isProtected = (state: CpuState): boolean => (state.get(STATE.cr0) & CR0.PE) !== 0;

export const isVirtual8086 = (state: CpuState): boolean => (state.get(STATE.eflags) & EFLAGS.VM) !== 0;

/** Segments are described by descriptors: protected mode and not virtual-8086. */
export const usesDescriptors = (state: CpuState): boolean => isProtected(state) && !isVirtual8086(state);

export const cplOf = (state: CpuState): number => state.get(STATE.cpl);

export const ioplOf = (state: CpuState): number => (state.get(STATE.eflags) >> 12) & 3;

/** Throws #GP(0) unless CPL is 0 (in real mode it always is). */
export const requireSupervisor = (cpu: Cpu): void => {
  if (cplOf(cpu.state) !== 0) generalProtection();
};

/** Throws #UD where descriptors mean nothing: real and virtual-8086 mode. */
export const requireDescriptors = (cpu: Cpu): void => {
  if (!usesDescriptors(cpu.state)) throw new GuestFault(VECTOR.UD);
};
