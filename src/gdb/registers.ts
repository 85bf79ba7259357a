/**
 * The registers a debugger sees, in the order of their numbers: those of GDB's i386 core and SSE features, whose names
 * and order GDB prescribes, then system registers under a feature of our own.
 */

import type { Processor } from '../../runtime/processor.ts';
import { loadSegment } from '../../runtime/protection/segments.ts';
import { GuestFault } from '../../runtime/state.ts';
import { physical } from '../../runtime/x87/registers.ts';
import { CS, DS, ES, FS, GPR_NAMES, GS, SS, STATE } from '../../translator/layout.ts';

export interface Register {
  readonly name: string;
  readonly bits: number;
  /** A type of GDB's target descriptions. */
  readonly type: string;
  readonly group?: string;
  /** Little-endian, bits / 8 bytes. */
  read(cpu: Processor): Uint8Array;
  /** Returns false, with nothing changed, where the value cannot be taken. */
  write(cpu: Processor, value: Uint8Array): boolean;
}

export interface Feature {
  readonly name: string;
  readonly registers: readonly Register[];
}

interface Accessors {
  get(cpu: Processor): number;
  set(cpu: Processor, value: number): boolean;
}

/** A register of 32 bits. */
const word = (name: string, type: string, { get, set }: Accessors, group?: string): Register => ({
  name,
  bits: 32,
  type,
  ...(group ? { group } : {}),
  read: (cpu) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(get(cpu) | 0);
    return bytes;
  },
  write: (cpu, value) => set(cpu, Buffer.from(value).readInt32LE()),
});

/** A word of the state that nothing depends on, of which these bits count. */
const plain = (offset: number, mask = -1): Accessors => ({
  get: ({ state }) => state.get(offset) & mask,
  set: ({ state }, value) => {
    state.set(offset, value & mask);
    return true;
  },
});

/** Takes only the value it has. */
const fixed = (get: (cpu: Processor) => number): Accessors => ({ get, set: (cpu, value) => (get(cpu) | 0) === value });

/** GDB knows no segments: where code runs is the linear address, as breakpoints and memory are. */
const programCounter: Accessors = {
  get: ({ state }) => state.segBase(CS) + state.get(STATE.eip),
  set: ({ state }, value) => {
    state.set(STATE.eip, value - state.segBase(CS));
    return true;
  },
};

const eflags: Accessors = {
  get: (cpu) => cpu.readEflags(),
  set: (cpu, value) => {
    cpu.writeEflags(value);
    return true;
  },
};

/** Loads a segment register as MOV would. CS changes only by a far transfer. */
const selector = (seg: number): Accessors => ({
  get: ({ state }) => state.selector(seg),
  set: (cpu, value) => {
    if (value === cpu.state.selector(seg)) return true;
    if (seg === CS) return false;
    try {
      loadSegment(cpu, seg, value & 0xffff);
      return true;
    } catch (fault) {
      if (fault instanceof GuestFault) return false;
      throw fault;
    }
  },
});

/** Bytes of the state at a host address that may depend on the state. */
const bytes = (
  name: string,
  length: number,
  type: string,
  at: (cpu: Processor) => number,
  group?: string,
): Register => ({
  name,
  bits: length * 8,
  type,
  ...(group ? { group } : {}),
  read: (cpu) => cpu.state.u8.slice(at(cpu), at(cpu) + length),
  write: (cpu, value) => {
    cpu.state.u8.set(value, at(cpu));
    return true;
  },
});

const POINTERS = new Set(['esp', 'ebp']);
const range = (count: number): number[] => [...Array(count).keys()];

const FPU_WORDS: readonly (readonly [string, number, number])[] = [
  ['fctrl', STATE.fpuControl, 0xffff],
  ['fstat', STATE.fpuStatus, 0xffff],
  ['ftag', STATE.fpuTag, 0xffff],
  ['fiseg', STATE.fpuCs, 0xffff],
  ['fioff', STATE.fpuIp, -1],
  ['foseg', STATE.fpuDs, 0xffff],
  ['fooff', STATE.fpuDp, -1],
  ['fop', STATE.fpuOpcode, 0x7ff],
];

const SYSTEM_WORDS: readonly (readonly [string, (cpu: Processor) => number])[] = [
  ['fs_base', ({ state }) => state.segBase(FS)],
  ['gs_base', ({ state }) => state.segBase(GS)],
  ['cr0', ({ state }) => state.get(STATE.cr0)],
  ['cr2', ({ state }) => state.get(STATE.cr2)],
  ['cr3', ({ state }) => state.get(STATE.cr3)],
  ['cr4', ({ state }) => state.get(STATE.cr4)],
];

export const FEATURES: readonly Feature[] = [
  {
    name: 'org.gnu.gdb.i386.core',
    registers: [
      ...GPR_NAMES.map((name, n) => word(name, POINTERS.has(name) ? 'data_ptr' : 'int32', plain(STATE.gpr + n * 4))),
      word('eip', 'code_ptr', programCounter),
      word('eflags', 'i386_eflags', eflags),
      ...Object.entries({ cs: CS, ss: SS, ds: DS, es: ES, fs: FS, gs: GS }).map(([name, seg]) =>
        word(name, 'int32', selector(seg)),
      ),
      ...range(8).map((n) =>
        bytes(`st${n}`, 10, 'i387_ext', ({ state }) => STATE.fpu + 16 * physical(state, n), 'float'),
      ),
      ...FPU_WORDS.map(([name, offset, mask]) => word(name, 'int', plain(offset, mask), 'float')),
    ],
  },
  {
    name: 'org.gnu.gdb.i386.sse',
    registers: [
      ...range(8).map((n) => bytes(`xmm${n}`, 16, 'vec128', () => STATE.xmm + 16 * n, 'vector')),
      word('mxcsr', 'i386_mxcsr', plain(STATE.mxcsr), 'vector'),
    ],
  },
  {
    name: 'org.vmi86.system',
    registers: SYSTEM_WORDS.map(([name, get]) => word(name, 'uint32', fixed(get), 'system')),
  },
];

/** By number. */
export const REGISTERS: readonly Register[] = FEATURES.flatMap(({ registers }) => registers);

/** Numbers of the registers that GDB wants to know at every stop. */
export const EXPEDITED = ['esp', 'ebp', 'eip'].map((name) => REGISTERS.findIndex((one) => one.name === name));
