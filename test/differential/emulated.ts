/** Generated sequences on the emulated CPU: CPL 3, flat segments, and paging that maps what the layout says. */
import { type BareCpu, type CpuEngine, createCpu, type StopReason } from '../../src/index.ts';
import { decode } from '../../translator/isa/decoder.ts';
import type { Instruction } from '../../translator/isa/instruction.ts';
import { GPR_NAMES } from '../../translator/layout.ts';
import { UndefinedFlags } from './flags.ts';
import { fpuOf, setFpu } from './fpu-image.ts';
import { CODE, CODE_SIZE, DATA, DATA_SIZE, type Outcome, PAGE_FAULT, type Start, WRITABLE_SIZE } from './layout.ts';

const MEMORY = 0x2_0000;
/** Physical addresses. */
const DIRECTORY = 0x1000;
const TABLES = [0x2000, 0x3000];
const CODE_AT = 0x8000;
const DATA_AT = 0x9000;

const PRESENT_USER = 5;
const WRITABLE = 2;
/** Paging; alignment is checked where EFLAGS.AC says so; x87 exceptions are exceptions; SSE may be used, and its exceptions have a vector. */
const CR0_SET = 0x8004_0020;
const CR4_SSE = 0x600;
const NULL_SEGMENT = { selector: 0, base: 0, limit: 0, access: 0 };
/** More than any generated sequence needs that ends at all. */
export const PATIENCE = 50_000;

export class EmulatedCpu {
  readonly engine: CpuEngine;
  readonly cpu: BareCpu;
  /** What lies in the code page, if it came whole. */
  #code: Uint8Array | undefined;

  private constructor(engine: CpuEngine, cpu: BareCpu) {
    this.engine = engine;
    this.cpu = cpu;
    this.#map(CODE, CODE_SIZE, 0, CODE_AT);
    this.#map(DATA, WRITABLE_SIZE, WRITABLE, DATA_AT);
    this.#map(DATA + WRITABLE_SIZE, DATA_SIZE - WRITABLE_SIZE, 0, DATA_AT + WRITABLE_SIZE);
    cpu.enterFlatMode(3);
    cpu.setSegment('fs', NULL_SEGMENT);
    cpu.setSegment('gs', NULL_SEGMENT);
    cpu.registers.cr3 = DIRECTORY;
    cpu.registers.cr0 |= CR0_SET;
    cpu.registers.cr4 = CR4_SSE;
  }

  static async create(engine: CpuEngine, preciseFlags = true): Promise<EmulatedCpu> {
    return new EmulatedCpu(engine, await createCpu({ engine, preciseFlags, memory: MEMORY }));
  }

  /** Puts a start state in place. */
  prepare({ registers, eflags, fpu, data, code }: Start): void {
    const { cpu } = this;
    for (const [index, name] of GPR_NAMES.entries()) cpu.registers[name] = registers[index]!;
    cpu.registers.eflags = eflags;
    cpu.registers.eip = CODE;
    setFpu(cpu.memory.buffer, fpu);
    cpu.load(DATA_AT, data);
    // What is there already keeps its translation.
    if (this.#code !== code) this.loadCode(code, 0);
    this.#code = code;
  }

  /** Replaces code from an offset in CODE on. */
  loadCode(code: Uint8Array, offset: number): void {
    this.cpu.load(CODE_AT + offset, code);
    this.#code = undefined;
  }

  /** The instruction at EIP; undefined outside the code and where there is none. */
  instruction(): Instruction | undefined {
    const offset = this.cpu.registers.eip - CODE;
    if (offset < 0 || offset >= CODE_SIZE) return undefined;
    const found = decode((index) => this.cpu.memory[CODE_AT + offset + index]!, 32);
    return typeof found === 'string' ? undefined : found;
  }

  /** Executes one instruction; the note that is taken of it says what it leaves undefined. */
  step(notes: UndefinedFlags): StopReason {
    const instruction = this.instruction();
    const before = { flags: notes.flags, status: notes.status };
    if (instruction) notes.follow(instruction, this.cpu.registers.ecx & 0xff);
    const reason = this.cpu.run({ instructions: 1, fault: true });
    // Whether flags that it leaves undefined have changed already is undefined too.
    if (reason === 'fault') {
      notes.flags |= before.flags;
      notes.status |= before.status;
    }
    return reason;
  }

  /** Runs a start state one instruction at a time, for what it leaves undefined. */
  analyse(start: Start): UndefinedFlags {
    const notes = new UndefinedFlags();
    this.prepare(start);
    for (let n = 0; n < PATIENCE && this.step(notes) !== 'fault'; n++);
    return notes;
  }

  /** Runs until an exception; undefined when there is none in time. */
  run(start: Start): Outcome | undefined {
    this.prepare(start);
    return this.cpu.run({ instructions: PATIENCE, fault: true }) === 'fault' ? this.outcome() : undefined;
  }

  outcome(): Outcome {
    const { registers, fault, memory } = this.cpu;
    const { vector, code = 0 } = fault!;
    return {
      vector,
      code,
      cr2: vector === PAGE_FAULT ? registers.cr2 : 0,
      eip: registers.eip,
      eflags: registers.eflags,
      registers: GPR_NAMES.map((name) => registers[name]),
      fpu: fpuOf(memory.buffer),
      data: memory.slice(DATA_AT, DATA_AT + WRITABLE_SIZE),
    };
  }

  close(): Promise<void> {
    return this.cpu.close();
  }

  #map(linear: number, size: number, rights: number, physical: number): void {
    const table = TABLES[linear === CODE ? 0 : 1]!;
    this.#word(DIRECTORY + (linear >>> 22) * 4, table | PRESENT_USER | WRITABLE);
    for (let at = 0; at < size; at += 0x1000) {
      const page = ((linear + at) >>> 12) & 0x3ff;
      this.#word(table + page * 4, (physical + at) | PRESENT_USER | rights);
    }
  }

  #word(at: number, value: number): void {
    new DataView(this.cpu.memory.buffer, this.cpu.memory.byteOffset).setUint32(at, value, true);
  }
}
