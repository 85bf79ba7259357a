/** The bare CPU of the public API: a processor and its engine, registers by name, and runs with limits. */
import type { Board } from '../runtime/board.ts';
import type { CpuModel } from '../runtime/control/models.ts';
import { refreshPageDirectoryPointers } from '../runtime/control/page-directory.ts';
import { loadCore } from '../runtime/core-module.ts';
import { Processor, type ProcessorOptions } from '../runtime/processor.ts';
import {
  GPR_NAMES,
  PAGE_SIZE,
  SEG_ACCESS,
  SEG_BASE,
  SEG_LIMIT,
  SEG_SELECTOR,
  SEGMENT_NAMES,
  STATE,
  segment,
  TR,
} from '../translator/layout.ts';
import type {
  BareCpu,
  CpuEngine,
  CpuOptions,
  CpuRegisters,
  Fault,
  RunLimits,
  SegmentName,
  SegmentRegister,
  StopReason,
} from './cpu-api.ts';
import { translationFor } from './engine.ts';
import { UserError } from './errors.ts';
import type { EngineOptions } from './machine/api.ts';
import { cpuModel, MEMORY_LIMITS } from './machine/specification.ts';

type Translator = NonNullable<ProcessorOptions['translation']>;

const ENGINES: Readonly<Record<CpuEngine, EngineOptions>> = {
  interpreter: { jit: false },
  translator: { threshold: 0 },
  single: { threshold: 0, regionLimit: 1 },
  wide: { threshold: 0, samples: 0 },
  patient: { threshold: 0, patience: 0 },
};

const EMPTY_BOARD: Board = {
  portRead: (_port, size) => 2 ** (8 * size) - 1,
  portWrite: () => {},
  mmioRead: (_address, size) => 2 ** (8 * size) - 1,
  mmioWrite: () => {},
  acknowledgeInterrupt: () => -1,
  timestamp: () => 0,
  apicBase: 0,
};

const DEFAULT_MEMORY = 16 << 20;
/** Instructions in one go of a run without a count. */
const UNLIMITED = 0x4000_0000;
const HLT = 0xf4;
const CR0_PE_ET = 0x11;
/** Present, accessed, readable code and writable data; G and D/B set. DPL is added. */
const FLAT = { code: 0xc09b, data: 0xc093, limit: 0xffff_ffff };
/** A task state segment too short for an I/O permission map. */
const TSS_BUSY = 0x8b;
/** Selectors that a flat CPU is given; nothing reads a descriptor until the guest loads one itself. */
const FLAT_SELECTORS = { code: 0x08, data: 0x10 };

/**
 * Builds one CPU on RAM of its own.
 * @throws UserError when an option is wrong
 */
export async function createCpu(options: CpuOptions = {}): Promise<BareCpu> {
  const { engine = 'translator', memory = DEFAULT_MEMORY, preciseFlags = true, board } = options;
  const model = cpuModel(options.cpu);
  if (!(engine in ENGINES)) throw new UserError(`engine: '${engine}' is none of ${Object.keys(ENGINES).join(', ')}`);
  if (!(memory > 0) || memory % PAGE_SIZE !== 0) throw new UserError('memory: not a whole number of 4 KB pages');
  if (memory > MEMORY_LIMITS.most) throw new UserError(`memory: more than ${MEMORY_LIMITS.most} bytes`);
  const translation = await translationFor(ENGINES[engine], { precise: preciseFlags, levels: model.levels });
  return new Bare(await loadCore(), translation, memory, model, { ...EMPTY_BOARD, ...board });
}

class Bare implements BareCpu {
  readonly memory: Uint8Array;
  readonly registers: CpuRegisters;
  fault: Fault | undefined;
  readonly #cpu: Processor;
  #stopAtFaults = false;
  /** Where the run ends, linear, while HLT stands there. */
  #address: number | undefined;

  constructor(core: WebAssembly.Module, translation: Translator, ramSize: number, model: CpuModel, board: Board) {
    this.#cpu = new Processor({
      core,
      ramSize,
      model,
      board,
      translation,
      interceptFault: (vector, code) => {
        const stops = this.#stopAtFaults || this.#linear(this.registers.eip) === this.#address;
        if (stops) this.fault = { vector, code };
        return stops;
      },
    });
    this.memory = this.#cpu.state.ram;
    this.registers = registersOf(this.#cpu);
  }

  load(address: number, bytes: Uint8Array): void {
    this.#cpu.physical.write(address, bytes);
  }

  segment(name: SegmentName): SegmentRegister {
    const { state } = this.#cpu;
    const at = segment(SEGMENT_NAMES.indexOf(name));
    return {
      selector: state.get(at + SEG_SELECTOR),
      base: state.get(at + SEG_BASE) >>> 0,
      limit: state.get(at + SEG_LIMIT) >>> 0,
      access: state.get(at + SEG_ACCESS),
    };
  }

  setSegment(name: SegmentName, { selector, base, limit, access }: SegmentRegister): void {
    this.#cpu.state.setSegment(SEGMENT_NAMES.indexOf(name), selector, base, limit, access);
    this.#cpu.updateMode();
  }

  enterFlatMode(privilege: 0 | 3): void {
    this.registers.cr0 = CR0_PE_ET;
    this.#cpu.setCpl(privilege);
    const dpl = privilege << 5;
    this.#cpu.state.setSegment(TR, 0, 0, 0, TSS_BUSY);
    for (const name of ['es', 'cs', 'ss', 'ds', 'fs', 'gs'] as const) {
      const kind = name === 'cs' ? 'code' : 'data';
      const selector = FLAT_SELECTORS[kind] | privilege;
      this.setSegment(name, { selector, base: 0, limit: FLAT.limit, access: FLAT[kind] | dpl });
    }
  }

  reset(): void {
    this.#cpu.powerOn();
  }

  step(): StopReason {
    return this.run({ instructions: 1 });
  }

  run({ instructions = Infinity, address, fault = false }: RunLimits = {}): StopReason {
    this.fault = undefined;
    this.#stopAtFaults = fault;
    if (address === undefined) return this.#run(instructions);
    if (this.#linear(this.registers.eip) === address >>> 0) return 'address';
    const at = this.#physical(address);
    const byte = this.memory.slice(at, at + 1);
    this.load(at, Uint8Array.of(HLT));
    this.#address = address >>> 0;
    try {
      return this.#orAddress(this.#run(instructions), address);
    } finally {
      this.#address = undefined;
      this.load(at, byte);
    }
  }

  get instructions(): number {
    return this.#cpu.instructions;
  }

  close(): Promise<void> {
    return this.#cpu.translation.close();
  }

  /** A stop at the HLT that stands for the address: a halt, or at CPL 3 a fault. */
  #orAddress(reason: StopReason, address: number): StopReason {
    const { registers } = this;
    if (reason === 'halt' && this.#linear(registers.eip - 1) === address >>> 0) registers.eip -= 1;
    else if (reason !== 'fault' || this.#linear(registers.eip) !== address >>> 0) return reason;
    this.fault = undefined;
    this.#cpu.resume();
    return 'address';
  }

  #linear(eip: number): number {
    return (this.segment('cs').base + eip) >>> 0;
  }

  /** Physical address for a linear one. Throws RangeError where no RAM is mapped. */
  #physical(linear: number): number {
    const { mmu } = this.#cpu;
    const { cr2 } = this.registers;
    const page = mmu.translate(linear, 0);
    this.registers.cr2 = cr2;
    if (page < 0) throw new RangeError(`linear address ${linear.toString(16)} is not mapped`);
    return page * PAGE_SIZE + (linear & (PAGE_SIZE - 1));
  }

  #run(instructions: number): StopReason {
    const cpu = this.#cpu;
    const end = cpu.instructions + instructions;
    for (;;) {
      const left = Math.min(end - cpu.instructions, UNLIMITED);
      if (left <= 0) return 'count';
      const result = cpu.run(left);
      if (result === 'halt' || result === 'shutdown') return result;
      if (this.fault) return 'fault';
    }
  }
}

/** Properties that read and write the processor's own words. */
const registersOf = (cpu: Processor): CpuRegisters => {
  const { state } = cpu;
  const word = (at: number, changed = () => {}): PropertyDescriptor => ({
    enumerable: true,
    get: () => state.get(at) >>> 0,
    set: (value: number) => {
      state.set(at, value);
      changed();
    },
  });
  const modeChanged = () => {
    refreshPageDirectoryPointers(cpu);
    cpu.mmu.modeChanged();
    cpu.updateMode();
  };
  const registers = Object.fromEntries(GPR_NAMES.map((name, index) => [name, word(STATE.gpr + index * 4)]));
  return Object.defineProperties({} as CpuRegisters, {
    ...registers,
    eip: word(STATE.eip),
    eflags: { enumerable: true, get: () => cpu.readEflags() >>> 0, set: (value: number) => cpu.writeEflags(value) },
    cr0: word(STATE.cr0, modeChanged),
    cr2: word(STATE.cr2),
    cr3: word(STATE.cr3, modeChanged),
    cr4: word(STATE.cr4, modeChanged),
  });
};
