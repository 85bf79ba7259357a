/** Debug registers: breakpoints, single step, and what DR6 tells of them. SDM vol. 3, chapter 17. */

import { CR4 } from '../translator/control-bits.ts';
import { EFLAGS, REQUEST, STATE } from '../translator/layout.ts';
import type { Cpu } from './cpu.ts';
import type { Observer } from './observers.ts';
import { type CpuState, GuestFault, VECTOR } from './state.ts';

/** Causes in DR6 above the four breakpoints' bits. */
export const DR6 = { BD: 1 << 13, BS: 1 << 14, BT: 1 << 15 } as const;
/** Bits of DR6 that always read as 1, and those that can be written. */
const DR6_FIXED = 0xffff_0ff0 | 0;
const DR6_WRITABLE = DR6.BD | DR6.BS | DR6.BT | 0xf;

export const DR7_GD = 1 << 13;
const DR7_FIXED = 1 << 10;
/** Enables, LE, GE, GD, and the conditions. */
const DR7_WRITABLE = 0xffff_23ff | 0;
const DR7_ENABLES = 0xff;
const DR7_LOCAL = 0x155;

/** Conditions of a breakpoint: R/W field of DR7. */
const EXECUTE = 0;
const WRITE = 1;
/** Ports, where CR4.DE is set; else undefined, and here nothing. */
const IO = 2;
const READ_WRITE = 3;

const dr = (state: CpuState, index: number): number => state.get(STATE.dr + index * 4);
const setDr = (state: CpuState, index: number, value: number): void => state.set(STATE.dr + index * 4, value);

/** Debug register as MOV reads it. DR4 and DR5 must have been resolved. */
export const readDebugRegister = (state: CpuState, index: number): number => {
  if (index === 6) return (dr(state, 6) & DR6_WRITABLE) | DR6_FIXED;
  if (index === 7) return (dr(state, 7) & DR7_WRITABLE) | DR7_FIXED;
  return dr(state, index);
};

/** Whether any breakpoint is enabled, so that generated code must not run. */
export const hasBreakpoints = (state: CpuState): boolean => (dr(state, 7) & DR7_ENABLES) !== 0;

/** What MOV to a debug register does, once it is allowed. DR4 and DR5 must have been resolved. */
export const writeDebugRegister = (cpu: Cpu, index: number, value: number): void => {
  const { state } = cpu;
  const before = hasBreakpoints(state);
  setDr(state, index, index === 6 ? value & DR6_WRITABLE : index === 7 ? (value & DR7_WRITABLE) | DR7_FIXED : value);
  // The pages that are watched may be others.
  if (before || hasBreakpoints(state)) cpu.mmu.flushAll();
  cpu.updateMode();
};

/** A #DB handler starts with access to the debug registers. SDM vol. 3, 17.2.4. */
export const dropGeneralDetect = (state: CpuState): void => setDr(state, 7, dr(state, 7) & ~DR7_GD);

/** A task switch disables the local breakpoints: L0-L3 and LE. SDM vol. 3, 17.2.4. */
export const disableLocalBreakpoints = (state: CpuState): void => setDr(state, 7, dr(state, 7) & ~DR7_LOCAL);

/** MOV DR while DR7.GD is set: #DB, a fault. */
export const refuseDebugAccess = (state: CpuState): never => {
  setDr(state, 6, dr(state, 6) | DR6.BD);
  dropGeneralDetect(state);
  throw new GuestFault(VECTOR.DB);
};

/** Notes a cause of #DB (bits of DR6) and asks for the trap after this instruction. */
export const requestTrap = (cpu: Cpu, cause: number): void => {
  const { state } = cpu;
  setDr(state, 6, dr(state, 6) | cause);
  state.set(STATE.request, state.get(STATE.request) | REQUEST.trap);
};

/** After an instruction that began with TF set. */
export const singleStep = (cpu: Cpu): void => requestTrap(cpu, DR6.BS);

const INDEXES = [0, 1, 2, 3] as const;
const PAGE_SHIFT = 12;
const condition = (dr7: number, index: number): number => (dr7 >>> (16 + index * 4)) & 3;
/** Bytes that a breakpoint covers: LEN 0-3 is 1, 2, 8 (taken as 4 on 32-bit processors), 4. */
const LENGTHS = [1, 2, 4, 4] as const;
const isEnabled = (dr7: number, index: number): boolean => (dr7 & (3 << (index * 2))) !== 0;

/**
 * Before the instruction at a linear address: throws #DB (a fault) when an execute breakpoint lies there. RF
 * suppresses that once; it is spent here. SDM vol. 3, 17.3.1.1.
 */
export const checkExecuteBreakpoints = (cpu: Cpu, linear: number): void => {
  const { state } = cpu;
  const flags = state.get(STATE.eflags);
  if (flags & EFLAGS.RF) {
    state.set(STATE.eflags, flags & ~EFLAGS.RF);
    return;
  }
  const dr7 = dr(state, 7);
  let hits = 0;
  let enabled = false;
  for (let index = 0; index < 4; index++) {
    if (condition(dr7, index) !== EXECUTE || dr(state, index) !== (linear | 0)) continue;
    hits |= 1 << index;
    enabled ||= isEnabled(dr7, index);
  }
  if (!enabled) return;
  setDr(state, 6, dr(state, 6) | hits);
  throw new GuestFault(VECTOR.DB);
};

/** Asks for a trap when a breakpoint of one of these conditions covers any byte of an access. */
const checkAccess = (cpu: Cpu, start: number, bytes: number, conditions: readonly number[]): void => {
  const { state } = cpu;
  const dr7 = dr(state, 7);
  if ((dr7 & DR7_ENABLES) === 0) return;
  let hits = 0;
  let enabled = false;
  for (let index = 0; index < 4; index++) {
    if (!conditions.includes(condition(dr7, index))) continue;
    const length = LENGTHS[(dr7 >>> (18 + index * 4)) & 3]!;
    const watched = dr(state, index) & -length;
    // Distances modulo 2^32: does either range begin within the other?
    if ((start - watched) >>> 0 >= length && (watched - start) >>> 0 >= bytes) continue;
    hits |= 1 << index;
    enabled ||= isEnabled(dr7, index);
  }
  if (enabled) requestTrap(cpu, hits);
};

const OF_READS = [READ_WRITE];
const OF_WRITES = [WRITE, READ_WRITE];
const OF_PORTS = [IO];

/** After a data access at a linear address: asks for a trap when a data breakpoint covers any of its bytes. */
export const checkDataBreakpoints = (cpu: Cpu, linear: number, bytes: number, write: boolean): void =>
  checkAccess(cpu, linear, bytes, write ? OF_WRITES : OF_READS);

/** After an access to ports: asks for a trap when an I/O breakpoint covers one of them. SDM vol. 3, 17.2.4. */
export const checkPortBreakpoints = (cpu: Cpu, port: number, bytes: number): void => {
  if (cpu.state.get(STATE.cr4) & CR4.DE) checkAccess(cpu, port, bytes, OF_PORTS);
};

/**
 * Data breakpoints watch their pages, so that every access there is heard of, whatever executes the instruction. A
 * change of the debug registers must empty the TLB.
 */
export class DataBreakpoints implements Observer {
  readonly #cpu: Cpu;

  constructor(cpu: Cpu) {
    this.#cpu = cpu;
  }

  watchesCode(): boolean {
    return false;
  }

  watchesData(page: number): boolean {
    const { state } = this.#cpu;
    if (!hasBreakpoints(state)) return false;
    const dr7 = dr(state, 7);
    return INDEXES.some(
      (index) =>
        OF_WRITES.includes(condition(dr7, index)) && isEnabled(dr7, index) && dr(state, index) >>> PAGE_SHIFT === page,
    );
  }

  onFetch(): boolean {
    return false;
  }

  onAccess(linear: number, bytes: number, write: boolean): void {
    checkDataBreakpoints(this.#cpu, linear, bytes, write);
  }
}
