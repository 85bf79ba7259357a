/** CR3, and under PAE the four page-directory-pointer entries loaded with it. SDM vol. 3, 4.4.1. */

import { CR0, CR4 } from '../../translator/control-bits.ts';
import { RAM, STATE } from '../../translator/layout.ts';
import type { Cpu } from '../cpu.ts';
import { generalProtection } from '../state.ts';
import { PHYSICAL_ADDRESS_BITS } from './models.ts';

const ENTRIES = 4;
const PRESENT = 1;
/** Reserved in an entry that is present: bits 1, 2 and 5-8 of the low word, what exceeds MAXPHYADDR in the high one. */
const RESERVED_LOW = 0x1e6;
const RESERVED_HIGH = ~((1 << (PHYSICAL_ADDRESS_BITS - 32)) - 1);

/** A doubleword at a guest-physical address that is a multiple of 4; signed. */
const readPhysical32 = (cpu: Cpu, address: number): number =>
  address + 4 <= cpu.state.ramSize ? cpu.state.i32[(RAM + address) >> 2]! : cpu.board.mmioRead(address, 4) | 0;

/** Low and high words of the entries that `cr3` points to. */
const readPageDirectoryPointers = (cpu: Cpu, cr3: number): Int32Array => {
  const table = (cr3 & ~0x1f) >>> 0;
  const words = new Int32Array(ENTRIES * 2);
  for (let word = 0; word < words.length; word++) words[word] = readPhysical32(cpu, table + word * 4);
  return words;
};

/** Loads the entries that `cr3` points to. Throws #GP(0) on a reserved bit, with nothing loaded. */
export const loadPageDirectoryPointers = (cpu: Cpu, cr3: number): void => {
  const words = readPageDirectoryPointers(cpu, cr3);
  for (let word = 0; word < words.length; word += 2) {
    const [low, high] = [words[word]!, words[word + 1]!];
    if (low & PRESENT && (low & RESERVED_LOW || high & RESERVED_HIGH)) generalProtection();
  }
  cpu.state.i32.set(words, STATE.pdpte >> 2);
};

const usesPointers = ({ state }: Cpu): boolean =>
  (state.get(STATE.cr0) & CR0.PG) !== 0 && (state.get(STATE.cr4) & CR4.PAE) !== 0;

/** Loads them, if they are in use, for control registers that were set as they are: nothing is checked. */
export const refreshPageDirectoryPointers = (cpu: Cpu): void => {
  if (usesPointers(cpu)) cpu.state.i32.set(readPageDirectoryPointers(cpu, cpu.state.get(STATE.cr3)), STATE.pdpte >> 2);
};

/** The registers that a CR3 load sets; the TLB is the caller's. Throws #GP(0) as loadPageDirectoryPointers does. */
export const setCr3 = (cpu: Cpu, value: number): void => {
  if (usesPointers(cpu)) loadPageDirectoryPointers(cpu, value);
  cpu.state.set(STATE.cr3, value);
};

/** CR3 load: MOV CR3 and task switch. Throws as setCr3. */
export const loadCr3 = (cpu: Cpu, value: number): void => {
  setCr3(cpu, value);
  cpu.mmu.flush();
};
