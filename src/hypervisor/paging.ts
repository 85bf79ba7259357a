/** Calls about page tables and the TLB. What a kernel says of an entry it changes is all that need be forgotten. */

import type { Cpu } from '../../runtime/cpu.ts';
import { ENTRY_FLAG, FLUSH } from './calls.ts';
import { type CallFunction, EAX, ECX, EDX } from './functions.ts';

/** Forgets the page that an entry maps, where the flags say which that is. */
const entryChanged = (cpu: Cpu, flags: number): void => {
  if (flags & ENTRY_FLAG.currentAddressSpace) cpu.mmu.invalidatePage(flags & ENTRY_FLAG.addressMask);
};

const setEntry: CallFunction = ({ cpu }) => {
  const { state, mmu } = cpu;
  mmu.linear.write32(state.gpr(EDX), state.gpr(EAX));
  entryChanged(cpu, state.gpr(ECX));
  return true;
};

const setLongEntry: CallFunction = ({ cpu }, frame) => {
  const { state, mmu } = cpu;
  const at = state.gpr(ECX);
  const flags = mmu.linear.read32((frame + 4) | 0);
  mmu.linear.probeWrite(at, 8);
  mmu.linear.write32(at, state.gpr(EAX));
  mmu.linear.write32((at + 4) | 0, state.gpr(EDX));
  entryChanged(cpu, flags);
  return true;
};

const updateEntry: CallFunction = ({ cpu }) => {
  entryChanged(cpu, cpu.state.gpr(EDX));
  return true;
};

export const PAGING_FUNCTIONS: Readonly<Record<string, CallFunction>> = {
  SetPxE: setEntry,
  SetPxELong: setLongEntry,
  UpdatePxE: updateEntry,
  UpdatePxELong: updateEntry,
  AllocatePage: () => {},
  ReleasePage: () => {},
  InvalPage: ({ cpu }) => {
    cpu.mmu.invalidatePage(cpu.state.gpr(EAX));
    return true;
  },
  FlushTLB: ({ cpu: { state, mmu } }) => {
    if (state.gpr(EAX) & FLUSH.global) mmu.flushAll();
    else if (state.gpr(EAX) & FLUSH.tlb) mmu.flush();
    return true;
  },
  SetLazyMode: () => {},
};
