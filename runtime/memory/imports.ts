/**
 * The slow path of memory accesses as generated code calls it. No exceptions cross the border: a page fault is left
 * in state.faultVector and faultCode (CR2 set), which the caller has set to -1 before.
 */
import { PAGE_SIZE, STATE } from '../../translator/layout.ts';
import { type CpuState, GuestFault, VECTOR } from '../state.ts';
import { currentRights } from './linear.ts';
import type { PagingUnit } from './mmu.ts';
import { PAGE_KIND } from './physical.ts';
import { PF } from './walk.ts';

/** What the probes return instead of a host address. */
export const PROBE = {
  /** Will not fault, but must be done by slowRead or slowWrite: device, ROM, page crossing, translated code, observers. */
  slow: -1,
  /** Page fault, recorded in state. */
  fault: -2,
} as const;

export interface MemoryImports {
  /** Host address of `bytes` bytes at a linear address for reading, or one of PROBE. At most one page long. */
  probeRead(linear: number, bytes: number): number;
  /** The same for writing. */
  probeWrite(linear: number, bytes: number): number;
  /** Reads 1, 2 or 4 bytes: unsigned for 1 and 2, signed for 4; 0 after a fault. */
  slowRead(linear: number, bytes: number): number;
  slowWrite(linear: number, bytes: number, value: number): void;
}

export const createMemoryImports = (state: CpuState, mmu: PagingUnit): MemoryImports => {
  const { linear: memory, physical, observers } = mmu;

  const record = (code: number): void => {
    state.set(STATE.faultVector, VECTOR.PF);
    state.set(STATE.faultCode, code);
  };

  /** Physical page when the access lies in one; PROBE otherwise. */
  const probe = (linear: number, bytes: number, access: number): number => {
    access |= currentRights(state);
    const page = mmu.translate(linear, access);
    if (page < 0) {
      record(~page);
      return PROBE.fault;
    }
    const left = PAGE_SIZE - (linear & (PAGE_SIZE - 1));
    if (bytes <= left) return page;
    const second = mmu.translate((linear + left) | 0, access);
    if (second >= 0) return PROBE.slow;
    record(~second);
    return PROBE.fault;
  };

  /** Runs an access that may throw; only page faults can come from it. */
  const recorded = (access: () => number): number => {
    try {
      return access();
    } catch (fault) {
      if (!(fault instanceof GuestFault)) throw fault;
      record(fault.code ?? 0);
      return 0;
    }
  };

  return {
    probeRead: (linear, bytes) => {
      const page = probe(linear, bytes, 0);
      if (page < 0) return page;
      return observers.watchesData(linear) ? PROBE.slow : mmu.hostAddress(page, linear);
    },

    probeWrite: (linear, bytes) => {
      const page = probe(linear, bytes, PF.write);
      if (page < 0) return page;
      const offset = linear & (PAGE_SIZE - 1);
      if (physical.kind(page) !== PAGE_KIND.ram || observers.watchesData(linear)) return PROBE.slow;
      if (physical.codeOverlaps(page * PAGE_SIZE + offset, bytes)) return PROBE.slow;
      return mmu.hostAddress(page, linear);
    },

    slowRead: (linear, bytes) =>
      recorded(() =>
        bytes === 4 ? memory.read32(linear) : bytes === 2 ? memory.read16(linear) : memory.read8(linear),
      ),

    slowWrite: (linear, bytes, value) => {
      recorded(() => {
        if (bytes === 4) memory.write32(linear, value);
        else if (bytes === 2) memory.write16(linear, value);
        else memory.write8(linear, value);
        return 0;
      });
    },
  };
};
