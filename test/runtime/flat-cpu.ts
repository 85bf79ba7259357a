/**
 * A CPU without paging around real CpuState, for tests of protection and control: linear addresses are physical,
 * and pages can be taken away. Tables are laid out by `protectedMode`.
 */
import type { Board } from '../../runtime/board.ts';
import { CPU_MODELS, DEFAULT_CPU } from '../../runtime/control/models.ts';
import type { Cpu, LinearMemory, Mmu } from '../../runtime/cpu.ts';
import { readArithmeticFlags, writeArithmeticFlags } from '../../runtime/flags.ts';
import { HOST } from '../../runtime/host/index.ts';
import { CpuState, GuestFault, VECTOR } from '../../runtime/state.ts';
import type { Instruction } from '../../translator/isa/instruction.ts';
import type { OperandKind } from '../../translator/isa/line.ts';
import { ARITHMETIC_FLAGS, CS, DS, ES, FS, GS, RAM, SS, STATE, TR } from '../../translator/layout.ts';
import { instruction } from './instruction.ts';

const RAM_SIZE = 1 << 20;

class FlatMemory implements LinearMemory {
  readonly #data: DataView;
  readonly missing: Set<number>;
  readonly system: LinearMemory = this;

  constructor(state: CpuState, missing: Set<number>) {
    this.#data = new DataView(state.buffer, RAM, RAM_SIZE);
    this.missing = missing;
  }
  #check(linear: number, bytes: number, write: boolean): number {
    const start = linear >>> 0;
    for (const at of [start, start + bytes - 1]) {
      if (at >= RAM_SIZE || this.missing.has(at >>> 12)) throw new GuestFault(VECTOR.PF, write ? 2 : 0);
    }
    return start;
  }
  read8(linear: number): number {
    return this.#data.getUint8(this.#check(linear, 1, false));
  }
  read16(linear: number): number {
    return this.#data.getUint16(this.#check(linear, 2, false), true);
  }
  read32(linear: number): number {
    return this.#data.getInt32(this.#check(linear, 4, false), true);
  }
  write8(linear: number, value: number): void {
    this.#data.setUint8(this.#check(linear, 1, true), value);
  }
  write16(linear: number, value: number): void {
    this.#data.setUint16(this.#check(linear, 2, true), value, true);
  }
  write32(linear: number, value: number): void {
    this.#data.setInt32(this.#check(linear, 4, true), value, true);
  }
  probeWrite(linear: number, bytes: number): void {
    this.#check(linear, bytes, true);
  }
  probeRead(linear: number, bytes: number): void {
    this.#check(linear, bytes, false);
  }
}

type Fields = Partial<Instruction> & { operands?: readonly OperandKind[] };

export class FlatCpu implements Cpu {
  readonly state = new CpuState(new WebAssembly.Memory({ initial: (RAM + RAM_SIZE) >> 16 }), RAM_SIZE);
  /** Numbers of pages that fault. */
  readonly missing = new Set<number>();
  readonly memory: LinearMemory = new FlatMemory(this.state, this.missing);
  readonly invalidated: number[] = [];
  flushes = 0;
  modeChanges = 0;
  halts = 0;
  nmiUnblocked = 0;
  shutdowns = 0;
  cycles = 0;
  timestampOffset = 0;

  readonly mmu: Mmu = {
    linear: this.memory,
    flush: () => {
      this.flushes++;
    },
    flushAll: () => {},
    invalidatePage: (linear) => {
      this.invalidated.push(linear);
    },
    modeChanged: () => {
      this.modeChanges++;
    },
    privilegeChanged: () => {},
    fetch: (linear) => RAM + linear,
  };
  readonly model = CPU_MODELS[DEFAULT_CPU];
  readonly board: Board = {
    portRead: () => 0,
    portWrite: () => {},
    mmioRead: () => 0xffff_ffff,
    mmioWrite: () => {},
    acknowledgeInterrupt: () => -1,
    timestamp: () => this.cycles,
    apicBase: 0xfee0_0900,
  };

  readEflags(): number {
    return this.state.get(STATE.eflags) | readArithmeticFlags(this.state);
  }
  writeEflags(value: number): void {
    writeArithmeticFlags(this.state, value);
    this.state.set(STATE.eflags, (value & ~ARITHMETIC_FLAGS) | 2);
  }
  updateMode(): void {}
  setCpl(cpl: number): void {
    this.state.set(STATE.cpl, cpl);
  }
  halt(): void {
    this.halts++;
  }
  unblockNmi(): void {
    this.nmiUnblocked++;
  }
  shutdown(): void {
    this.shutdowns++;
  }
  endStep(): void {}

  get eip(): number {
    return this.state.get(STATE.eip);
  }
  get cpl(): number {
    return this.state.get(STATE.cpl);
  }
  /** Doublewords at the top of the stack, unsigned. */
  stack(count: number): number[] {
    const top = this.state.segBase(SS) + this.state.gpr(4);
    return Array.from({ length: count }, (_, index) => this.memory.read32(top + index * 4) >>> 0);
  }
  words(at: number, ...values: number[]): void {
    values.forEach((value, index) => {
      this.memory.write32(at + index * 4, value);
    });
  }

  /** Executes a host instruction at EIP 0x500, two bytes long, as the core does: a fault puts EIP back. */
  run(name: string, fields: Fields = {}): void {
    this.state.set(STATE.eip, 0x502);
    try {
      const { operands = [], ...others } = fields;
      HOST[name]!(this, instruction(operands, others));
    } catch (fault) {
      if (fault instanceof GuestFault) this.state.set(STATE.eip, 0x500);
      throw fault;
    }
  }
  /** The fault of a host instruction as "vector(code)". */
  faultOf(name: string, fields: Fields = {}): string {
    return faultOf(() => this.run(name, fields));
  }
}

/** What `act` throws as "vector(code)", or "none". */
export const faultOf = (act: () => void): string => {
  try {
    act();
  } catch (fault) {
    if (!(fault instanceof GuestFault)) throw fault;
    return fault.code === undefined ? `${fault.vector}` : `${fault.vector}(${fault.code.toString(16)})`;
  }
  return 'none';
};

/** ModRM of two registers. */
export const registers = (reg: number, rm: number): number => 0xc0 | (reg << 3) | rm;

/** Descriptor words. Access: bits 8-23 of the high word, with D/B and G. */
export const descriptor = (base: number, limit: number, access: number): [number, number] => [
  (base << 16) | (limit & 0xffff),
  (base & 0xff00_0000) | ((base >>> 16) & 0xff) | (access << 8) | (limit & 0xf_0000),
];
export const gate = (selector: number, offset: number, access: number): [number, number] => [
  (selector << 16) | (offset & 0xffff),
  (offset & 0xffff_0000) | (access << 8),
];

export const GDT = 0x1000;
export const IDT = 0x2000;
export const TSS = 0x3000;
export const OTHER_TSS = 0x3100;
/** Selectors of `protectedMode`'s GDT. */
export const SELECTOR = {
  code0: 0x08,
  data0: 0x10,
  code3: 0x1b,
  data3: 0x23,
  tss: 0x28,
  otherTss: 0x30,
  callGate: 0x38,
  conforming: 0x40,
  missing: 0x48,
  taskGate: 0x50,
  readOnly: 0x58,
  executeOnly: 0x60,
  small: 0x68,
  stack16: 0x70,
  ldt: 0x78,
} as const;
export const INNER_STACK = 0x8000;

const FLAT = 0xf_ffff;

/** Protected mode at `cpl` with flat segments, a 32-bit TSS, and IDT entries that tests fill in. */
export const protectedMode = (cpl: 0 | 3 = 0): FlatCpu => {
  const cpu = new FlatCpu();
  const { state } = cpu;
  const table = [
    [0, 0],
    descriptor(0, FLAT, 0xc09b),
    descriptor(0, FLAT, 0xc093),
    descriptor(0, FLAT, 0xc0fb),
    descriptor(0, FLAT, 0xc0f3),
    descriptor(TSS, 0x67, 0x8b),
    descriptor(OTHER_TSS, 0x67, 0x89),
    gate(SELECTOR.code0, 0x6000, 0xec),
    descriptor(0, FLAT, 0xc09e),
    descriptor(0, FLAT, 0xc013),
    gate(SELECTOR.otherTss, 0, 0xe5),
    descriptor(0, FLAT, 0xc0f1),
    descriptor(0, FLAT, 0xc0f9),
    descriptor(0x4_0000, 0xff, 0x40f2),
    descriptor(0x5_0000, 0xffff, 0x0093),
    descriptor(0x9000, 0x0f, 0x82),
  ];
  cpu.words(GDT, ...table.flat());
  state.set(STATE.gdtBase, GDT);
  state.set(STATE.gdtLimit, table.length * 8 - 1);
  state.set(STATE.idtBase, IDT);
  state.set(STATE.idtLimit, 0x7ff);
  cpu.words(TSS + 4, INNER_STACK, SELECTOR.data0);
  state.setSegment(TR, SELECTOR.tss, TSS, 0x67, 0x8b);
  state.set(STATE.cr0, 1);
  cpu.writeEflags(0x202);
  cpu.setCpl(cpl);
  const code = cpl === 0 ? SELECTOR.code0 : SELECTOR.code3;
  const data = cpl === 0 ? SELECTOR.data0 : SELECTOR.data3;
  const dpl = cpl << 5;
  state.setSegment(CS, code, 0, -1, 0xc09b | dpl);
  for (const seg of [SS, DS, ES, FS, GS]) state.setSegment(seg, data, 0, -1, 0xc093 | dpl);
  state.setGpr(4, 0x7000);
  return cpu;
};

/** Real mode as after reset, but with low segments and a vector table at 0. */
export const realMode = (): FlatCpu => {
  const cpu = new FlatCpu();
  const { state } = cpu;
  state.set(STATE.idtLimit, 0x3ff);
  cpu.writeEflags(0x202);
  for (const seg of [CS, SS, DS, ES, FS, GS]) state.setSegment(seg, 0x100, 0x1000, 0xffff, seg === CS ? 0x9b : 0x93);
  state.setGpr(4, 0x800);
  return cpu;
};

/** Level 3 in virtual-8086 mode with selectors that tell themselves apart. */
export const virtual8086 = (iopl: number): FlatCpu => {
  const cpu = protectedMode(3);
  const { state } = cpu;
  cpu.writeEflags(0x2_0202 | (iopl << 12));
  for (const seg of [ES, CS, SS, DS, FS, GS]) {
    state.setSegment(seg, 0x1000 + seg, (0x1000 + seg) << 4, 0xffff, 0xf3);
  }
  state.set(STATE.eip, 0x500);
  return cpu;
};
