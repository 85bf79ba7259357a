/**
 * A CPU reduced to state and memory for tests of what touches memory: no decoder, no interpreter, a board that
 * records what it is asked.
 */

import type { AccessSize, Board } from '../../runtime/board.ts';
import { CPU_MODELS, DEFAULT_CPU } from '../../runtime/control/models.ts';
import type { Cpu } from '../../runtime/cpu.ts';
import { readArithmeticFlags } from '../../runtime/flags.ts';
import { createMemoryImports } from '../../runtime/memory/imports.ts';
import { PagingUnit } from '../../runtime/memory/mmu.ts';
import { type MemoryHole, Physical } from '../../runtime/memory/physical.ts';
import { CpuState, GuestFault } from '../../runtime/state.ts';
import { RAM, STATE } from '../../translator/layout.ts';

export const RAM_SIZE = 4 << 20;

class RecordingBoard implements Board {
  readonly log: string[] = [];
  /** What the next reads return, in turn; then all ones. */
  readonly inputs: number[] = [];
  portRead(port: number, size: AccessSize): number {
    this.log.push(`in${size * 8} ${port.toString(16)}`);
    return this.inputs.shift() ?? 0xffff_ffff;
  }
  portWrite(port: number, size: AccessSize, value: number): void {
    this.log.push(`out${size * 8} ${port.toString(16)} ${value.toString(16)}`);
  }
  mmioRead(address: number, size: AccessSize): number {
    this.log.push(`read${size * 8} ${address.toString(16)}`);
    return this.inputs.shift() ?? 0xffff_ffff;
  }
  mmioWrite(address: number, size: AccessSize, value: number): void {
    this.log.push(`write${size * 8} ${address.toString(16)} ${value.toString(16)}`);
  }
  acknowledgeInterrupt(): number {
    return -1;
  }
  timestamp(): number {
    return 0;
  }
  apicBase = 0;
}

/** Flat 32-bit read/write data, present, accessed; D/B and G set. */
export const FLAT_DATA = 0xc0f3;

export const createRig = (holes: readonly MemoryHole[] = []) => {
  const memory = new WebAssembly.Memory({ initial: (RAM + RAM_SIZE) >> 16 });
  const state = new CpuState(memory, RAM_SIZE);
  const board = new RecordingBoard();
  const codePages = new Uint8Array(RAM_SIZE >> 12);
  const codeWrites: [number, number][] = [];
  /** Physical ranges that codeOverlaps answers yes for. */
  const code: { start: number; end: number }[] = [];
  const physical = new Physical(
    state,
    board,
    {
      codePages,
      onCodeWrite: (address, bytes) => codeWrites.push([address, bytes]),
      codeOverlaps: (address, bytes) => code.some(({ start, end }) => address < end && address + bytes > start),
    },
    holes,
  );
  state.set(STATE.cr0, 1);
  state.set(STATE.eflags, 2);
  for (let seg = 0; seg < 6; seg++) state.setSegment(seg, 8, 0, 0xffff_ffff, FLAT_DATA);
  const mmu = new PagingUnit(state, physical);
  const cpu: Cpu = {
    state,
    mmu,
    board,
    model: CPU_MODELS[DEFAULT_CPU],
    timestampOffset: 0,
    readEflags: () => state.get(STATE.eflags) | readArithmeticFlags(state),
    writeEflags: (value) => state.set(STATE.eflags, value),
    updateMode: () => {},
    setCpl: (cpl) => {
      state.set(STATE.cpl, cpl);
      mmu.privilegeChanged();
    },
    halt: () => {},
    unblockNmi: () => {},
    shutdown: () => {},
    endStep: () => {},
  };
  return { state, board, physical, mmu, cpu, codePages, code, codeWrites, imports: createMemoryImports(state, mmu) };
};
export type Rig = ReturnType<typeof createRig>;

const PTE = { present: 1, writable: 2, user: 4 };
export const USER_PAGE = PTE.present | PTE.writable | PTE.user;

export const DIRECTORY = 0x1000;
export const TABLE = 0x2000;

/** Turns on 32-bit paging with one page table for linear 0 … 4 MB, every page present, writable and user. */
export const enablePaging = ({ state, physical, mmu }: Rig, cr0 = 0x8001_0001, cr4 = 0): void => {
  physical.write32(DIRECTORY, TABLE | USER_PAGE);
  for (let page = 0; page < 1024; page++) physical.write32(TABLE + page * 4, (page << 12) | USER_PAGE);
  state.set(STATE.cr3, DIRECTORY);
  state.set(STATE.cr0, cr0);
  state.set(STATE.cr4, cr4);
  mmu.modeChanged();
};

/** Entry of a linear page in the table of enablePaging; the TLB is told. */
export const setPage = ({ physical, mmu }: Rig, linear: number, entry: number): void => {
  physical.write32(TABLE + (linear >>> 12) * 4, entry);
  mmu.invalidatePage(linear);
};

/** The fault an action throws, as [vector, error code]; undefined when it throws none. */
export const faultOf = (action: () => void): [number, number | undefined] | undefined => {
  try {
    action();
  } catch (fault) {
    if (fault instanceof GuestFault) return [fault.vector, fault.code];
    throw fault;
  }
  return undefined;
};
