/**
 * Calls about page tables and the TLB. What a kernel announces is all that need be forgotten: see
 * runtime/memory/address-spaces.ts.
 */
import { setCr3 } from '../../runtime/control/page-directory.ts';
import type { Processor } from '../../runtime/processor.ts';
import { STATE } from '../../translator/layout.ts';
import { ENTRY_FLAG, FLUSH, LAZY_MODE, PAGE_LEVEL } from './calls.ts';
import { type CallFunction, EAX, ECX, EDX } from './functions.ts';

/** An entry at a linear address has been written, or is said to have changed. */
const entryChanged = (cpu: Processor, at: number, old: number | undefined): void => {
  const address = cpu.mmu.physicalAddress(at);
  if (address >= 0) cpu.mmu.spaces.entryChanged(address, old);
};

/** A new entry for a page of the address space in force: a program waits for it. */
const fillNow = (cpu: Processor, at: number, flags: number): void => {
  const { state, mmu } = cpu;
  if (!mmu.spaces.active || state.get(STATE.lazyMode) !== LAZY_MODE.none) return;
  if (!(flags & ENTRY_FLAG.currentAddressSpace) || !(flags & PAGE_LEVEL.pt)) return;
  mmu.prefill(flags & ENTRY_FLAG.addressMask, mmu.physicalAddress(at));
};

const setEntry: CallFunction = ({ cpu }) => {
  const { state, mmu } = cpu;
  const at = state.gpr(EDX);
  mmu.linear.probeWrite(at, 4);
  const old = mmu.linear.read32(at);
  mmu.linear.write32(at, state.gpr(EAX));
  entryChanged(cpu, at, old);
  fillNow(cpu, at, state.gpr(ECX));
  return true;
};

const setLongEntry: CallFunction = ({ cpu }, frame) => {
  const { state, mmu } = cpu;
  const at = state.gpr(ECX);
  const flags = mmu.linear.read32((frame + 4) | 0);
  mmu.linear.probeWrite(at, 8);
  const old = mmu.linear.read32(at);
  mmu.linear.write32(at, state.gpr(EAX));
  mmu.linear.write32((at + 4) | 0, state.gpr(EDX));
  entryChanged(cpu, at, old);
  fillNow(cpu, at, flags);
  return true;
};

const updateEntry: CallFunction = ({ cpu }) => {
  entryChanged(cpu, cpu.state.gpr(EAX), undefined);
  return true;
};

const replaceTable: CallFunction = ({ cpu }) => {
  cpu.mmu.spaces.tableReplaced(cpu.state.gpr(EAX));
  return true;
};

export const PAGING_FUNCTIONS: Readonly<Record<string, CallFunction>> = {
  SetCR3: ({ cpu }) => {
    const value = cpu.state.gpr(EAX);
    setCr3(cpu, value);
    cpu.mmu.spaces.switchTo(value);
    return true;
  },
  SetPxE: setEntry,
  SetPxELong: setLongEntry,
  UpdatePxE: updateEntry,
  UpdatePxELong: updateEntry,
  AllocatePage: replaceTable,
  ReleasePage: replaceTable,
  InvalPage: ({ cpu: { state, mmu } }) => {
    mmu.spaces.commit();
    mmu.invalidatePage(state.gpr(EAX));
    return true;
  },
  FlushTLB: ({ cpu: { state, mmu } }) => {
    if (state.gpr(EAX) & FLUSH.global) mmu.flushAll();
    else if (state.gpr(EAX) & FLUSH.tlb) mmu.spaces.flush();
    return true;
  },
  SetLazyMode: ({ cpu: { state, mmu } }) => {
    mmu.spaces.commit();
    state.set(STATE.lazyMode, state.gpr(EAX));
    return true;
  },
};
