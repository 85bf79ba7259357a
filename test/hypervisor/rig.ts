/** A bare processor with the hypervisor's ROM: programs of machine code that call it, in every engine. */
import { loadCore } from '../../runtime/core-module.ts';
import { Processor } from '../../runtime/processor.ts';
import { FLAT_CODE, FLAT_DATA } from '../../runtime/protection/descriptors.ts';
import { translationFor } from '../../src/engine.ts';
import type { HypervisorBoard } from '../../src/hypervisor/board.ts';
import { CALLS } from '../../src/hypervisor/calls.ts';
import { BOUND_CALLS } from '../../src/hypervisor/host-calls.ts';
import { Hypervisor } from '../../src/hypervisor/hypervisor.ts';
import { HEADER, ROM_BASE, ROM_SIZE, slotOf } from '../../src/hypervisor/rom.ts';
import type { EngineOptions } from '../../src/machine/api.ts';
import { InstructionClock } from '../../src/machine/clock.ts';
import { CS, STATE } from '../../translator/layout.ts';

export const ENGINES: readonly (readonly [string, EngineOptions])[] = [
  ['the interpreter', { jit: false }],
  ['everything translated', { threshold: 0 }],
  ['regions of one instruction', { threshold: 0, regionLimit: 1 }],
];

export const [EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI] = [0, 1, 2, 3, 4, 5, 6, 7];
/** Physical addresses: programs, their stack, and room for data. */
export const CODE = 0x1_0000;
export const STACK = 0x2_0000;
export const DATA = 0x3_0000;
export const RAM_SIZE = 4 << 20;
/** Where HLT ends a program. */
const HLT = 0xf4;

const u32 = (value: number): number[] => [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24];
const indexOf = (name: string): number => CALLS.findIndex((call) => call.name === name);

/** Physical address of a call's slot. */
export const slot = (name: string): number => ROM_BASE + slotOf(indexOf(name));

/** Machine code, put together piece by piece. */
export class Program {
  readonly bytes: number[] = [];
  readonly base: number;

  constructor(base = CODE) {
    this.base = base;
  }
  get here(): number {
    return this.base + this.bytes.length;
  }
  raw(...bytes: number[]): this {
    this.bytes.push(...bytes);
    return this;
  }
  /** MOV r32, imm32 */
  set(register: number, value: number): this {
    return this.raw(0xb8 + register, ...u32(value));
  }
  push(value: number): this {
    return this.raw(0x68, ...u32(value));
  }
  /** ADD ESP, bytes */
  drop(bytes: number): this {
    return this.raw(0x83, 0xc4, bytes);
  }
  /** CALL rel32 */
  callAddress(target: number): this {
    return this.raw(0xe8, ...u32(target - this.here - 5));
  }
  call(name: string): this {
    return this.callAddress(slot(name));
  }
  /** CALL [pointer] */
  callPointer(pointer: number): this {
    return this.raw(0xff, 0x15, ...u32(pointer));
  }
  /** VMI_Init, as a kernel begins. */
  init(): this {
    return this.callAddress(ROM_BASE + HEADER.init);
  }
  /** MOV [address], EAX */
  storeEax(address: number): this {
    return this.raw(0xa3, ...u32(address));
  }
  halt(): this {
    return this.raw(HLT);
  }
}

/** What the board has seen. */
export interface Seen {
  readonly ports: string[];
  readonly apic: string[];
  timerEdges: number;
  apicTimers: number;
  resets: number;
}

export interface Rig {
  readonly cpu: Processor;
  readonly hypervisor: Hypervisor;
  readonly clock: InstructionClock;
  readonly seen: Seen;
  /** Asked before an exception is delivered: true keeps it from the guest. */
  onFault: ((vector: number) => boolean) | undefined;
  /** Power on: flat 32-bit protected mode in ring 0, a new hypervisor, memory as it is. */
  reset(): void;
  /** Puts a program into memory and runs it up to its HLT, at most `fuel` instructions. */
  run(program: Program, fuel?: number): void;
  word(address: number): number;
  setWord(address: number, ...values: number[]): void;
}

export const createRig = async (engine: EngineOptions): Promise<Rig> => {
  const seen: Seen = { ports: [], apic: [], timerEdges: 0, apicTimers: 0, resets: 0 };
  let clock: InstructionClock;
  const cpu: Processor = new Processor({
    core: await loadCore(),
    ramSize: RAM_SIZE,
    holes: [{ start: ROM_BASE, length: ROM_SIZE, kind: 'rom' }],
    board: {
      apicBase: 0,
      portRead: (port, size) => {
        seen.ports.push(`in ${port} ${size}`);
        return 0x1234_5678 & (2 ** (8 * size) - 1);
      },
      portWrite: (port, size, value) => seen.ports.push(`out ${port} ${size} ${value}`),
      mmioRead: (_, size) => 2 ** (8 * size) - 1,
      mmioWrite: () => {},
      acknowledgeInterrupt: () => -1,
      timestamp: () => Math.floor(clock.now()),
    },
    interceptFault: (vector) => rig.onFault?.(vector) ?? false,
    translation: await translationFor(engine, { hostCalls: BOUND_CALLS }),
  });
  clock = new InstructionClock(() => cpu.instructions);
  const board: HypervisorBoard = {
    clock,
    epoch: 1_700_000_000_000_000_000n,
    portRead: (port, size) => cpu.board.portRead(port, size),
    portWrite: (port, size, value) => cpu.board.portWrite(port, size, value),
    apicRead: (offset) => offset + 1,
    apicWrite: (offset, value) => seen.apic.push(`${offset} ${value}`),
    timerEdge: () => {
      seen.timerEdges++;
    },
    apicTimer: () => {
      seen.apicTimers++;
    },
    reset: () => {
      seen.resets++;
    },
  };
  const { state } = cpu;
  const powerOn = (): Hypervisor => {
    cpu.powerOn();
    clock.clear();
    for (let seg = 0; seg < 6; seg++) state.setSegment(seg, 8, 0, 0xffff_ffff, seg === CS ? FLAT_CODE : FLAT_DATA);
    state.set(STATE.cr0, 0x11);
    cpu.mmu.modeChanged();
    cpu.updateMode();
    return new Hypervisor(cpu, board);
  };
  let hypervisor = powerOn();
  const rig: Rig = {
    cpu,
    get hypervisor() {
      return hypervisor;
    },
    reset: () => {
      hypervisor = powerOn();
    },
    clock,
    seen,
    onFault: undefined,
    run: (program, fuel = 100_000) => {
      cpu.physical.write(program.base, Uint8Array.from(program.bytes));
      cpu.resume();
      state.set(STATE.eip, program.base);
      state.setGpr(ESP, STACK);
      for (let left = fuel; left > 0; ) {
        const before = cpu.instructions;
        const result = cpu.run(left);
        left -= cpu.instructions - before;
        if (result === 'halt' || result === 'shutdown') return;
      }
    },
    word: (address) => state.i32[(cpu.state.ram.byteOffset + address) >> 2]! >>> 0,
    setWord: (address, ...values) => {
      values.forEach((value, n) => {
        cpu.physical.write(address + n * 4, Uint8Array.from(u32(value)));
      });
    },
  };
  return rig;
};
