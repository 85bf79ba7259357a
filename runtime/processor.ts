/**
 * One CPU: state, MMU, interpreter core and the functions of the runtime, put together on a board. It runs by
 * instruction count: `run(fuel)` executes at most that many instructions and says why it came back.
 */

import type { Announcement } from '../translator/interpreter/announcements.ts';
import { LINEAR, RUN_EXIT, STEP } from '../translator/interpreter/exits.ts';
import { decode } from '../translator/isa/decoder.ts';
import { TABLE } from '../translator/isa/table.ts';
import {
  ARITHMETIC_FLAGS,
  COUNTERS,
  CS,
  EFLAGS,
  MODE,
  PAGE_SIZE,
  RAM,
  REQUEST,
  SHADOW,
  STATE,
} from '../translator/layout.ts';
import type { Board, CpuPins } from './board.ts';
import { CR0 } from './control/bits.ts';
import { CPU_MODELS, type CpuModel, DEFAULT_CPU } from './control/models.ts';
import type { Cpu, HostInstruction } from './cpu.ts';
import { checkExecuteBreakpoints, DataBreakpoints, singleStep } from './debug.ts';
import { readArithmeticFlags, writeArithmeticFlags } from './flags.ts';
import { DecodeCache } from './host/decode-cache.ts';
import { HOST } from './host/index.ts';
import { linearAddress } from './host/operands.ts';
import { type HostFunction, HostFunctions, type HostImport } from './host-functions.ts';
import { createMemoryImports } from './memory/imports.ts';
import { PagingUnit } from './memory/mmu.ts';
import { type MemoryHole, Physical } from './memory/physical.ts';
import { computeMode } from './mode.ts';
import { Observers } from './observers.ts';
import { deliver } from './protection/interrupts.ts';
import { resetState } from './reset.ts';
import { CpuState, GuestFault, VECTOR } from './state.ts';
import { NO_TRANSLATION, type Translation } from './translation.ts';

/** Why `run` came back. */
export type RunResult = 'fuel' | 'halt' | 'host' | 'shutdown';

export interface ProcessorOptions {
  /** From loadCore(). */
  readonly core: WebAssembly.Module;
  /** Bytes of RAM, whole pages. */
  readonly ramSize: number;
  readonly board: Board;
  /** Default: the DEFAULT_CPU of control/models.ts. */
  readonly model?: CpuModel;
  /** Physical ranges below the end of RAM that are not RAM. */
  readonly holes?: readonly MemoryHole[];
  /** Makes the translator's side of the CPU; without it the interpreter does everything. */
  readonly translation?: (processor: Processor) => Translation;
  /** Asked before an exception is delivered: true keeps it from the guest and ends the run with 'host'. */
  readonly interceptFault?: (vector: number, code: number | undefined) => boolean;
  /**
   * With an exact core: hears of every instruction of the interpreters, by EIP; -1 times takes one back.
   */
  readonly executed?: ((eip: number, times: number) => void) | undefined;
}

interface CoreExports {
  run(threshold: number): number;
  step(): number;
}

/** EFLAGS bits that a program can set at all. SDM vol. 1, 3.4.3. */
const WRITABLE_FLAGS = 0x003f_7fd5;
/** An instruction without prefixes is at most this long; only prefixes can make one too long. */
const PREFIXES_TO_WORRY = 4;
const isPrefix = (byte: number): boolean =>
  byte === 0x66 ||
  byte === 0x67 ||
  byte === 0xf0 ||
  (byte & 0xfe) === 0xf2 ||
  (byte & 0xe7) === 0x26 ||
  (byte & 0xfe) === 0x64;

export class Processor implements Cpu, CpuPins {
  readonly memory: WebAssembly.Memory;
  readonly table: WebAssembly.Table;
  readonly state: CpuState;
  readonly physical: Physical;
  readonly mmu: PagingUnit;
  readonly board: Board;
  readonly model: CpuModel;
  readonly translation: Translation;
  /** Who looks on: a debugger, a tracer. */
  readonly observers = new Observers(() => this.mmu.flushAll());
  /** Functions of the host that the guest calls at addresses. */
  readonly hostFunctions: HostFunctions;
  /** Functions that generated code imports by name. */
  readonly imports: Record<string, WebAssembly.ImportValue>;
  /** By physical page: non-zero where translated code was made from. */
  readonly codePages: Uint8Array;
  codeWrites = 0;
  /** Exceptions and interrupts delivered, by vector. */
  readonly delivered = new Uint32Array(256);
  /** Instructions to execute in this run, so that the count is known at any moment. */
  #budget = 0;
  #executed = 0;
  #halted = false;
  /** An NMI handler has not ended with IRET yet: one more NMI is remembered. SDM vol. 3, 6.7.1. */
  #nmiBlocked = false;
  #nmiPending = false;
  #shutdown = false;
  #interruptRequest = false;
  #interruptsHeld = false;
  timestampOffset = 0;
  onDelivery: Cpu['onDelivery'];
  readonly #core: CoreExports;
  readonly #decoded: DecodeCache;
  readonly #interceptFault: ProcessorOptions['interceptFault'];
  readonly #announce: ProcessorOptions['executed'];
  /** By line of the opcode table. */
  readonly #hostByLine: (HostInstruction | undefined)[];

  constructor(options: ProcessorOptions) {
    const pages = Math.ceil((RAM + options.ramSize) / 65536);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.table = new WebAssembly.Table({ element: 'anyfunc', initial: 1 });
    this.board = options.board;
    this.model = options.model ?? CPU_MODELS[DEFAULT_CPU];
    this.#interceptFault = options.interceptFault;
    this.#announce = options.executed;
    this.state = new CpuState(this.memory, options.ramSize);
    this.#decoded = new DecodeCache(this.state.buffer);
    this.#hostByLine = TABLE.map((line) => (line.host === undefined ? undefined : HOST[line.host]));
    this.codePages = new Uint8Array(options.ramSize / PAGE_SIZE);
    const watch = {
      codePages: this.codePages,
      onCodeWrite: (physical: number, bytes: number) => {
        this.codeWrites++;
        this.translation.onCodeWrite(physical, bytes);
      },
      codeOverlaps: (physical: number, bytes: number) => this.translation.codeOverlaps(physical, bytes),
    };
    this.physical = new Physical(this.state, options.board, watch, options.holes);
    resetState(this.state);
    this.state.set(STATE.levels, this.model.levels);
    this.mmu = new PagingUnit(this.state, this.physical, this.observers);
    this.observers.add(new DataBreakpoints(this));
    this.hostFunctions = new HostFunctions(this);
    const imports: Record<string, WebAssembly.ImportValue> = {
      memory: this.memory,
      regions: this.table,
      linear: (seg: number, offset: number, bytes: number, access: number) =>
        this.#guarded(() => {
          const aligned = (access & LINEAR.alignedAnyway) !== 0;
          return linearAddress(this, seg, offset, bytes, access & LINEAR.write ? 'write' : 'read', aligned);
        }),
      probe: (linear: number, bytes: number) =>
        this.#guarded(() => {
          this.mmu.linear.probeWrite(linear, bytes);
          return 0;
        }),
      ...createMemoryImports(this.state, this.mmu),
      execEntry: (page: number) => this.#execEntry(page),
      fetch: () => this.#fetch(),
      host: () => this.#host(),
      executed: (eip: number, times: number) => this.#announce?.(eip, times),
      announce: (number: number, frame: number) => this.hostFunctions.announce(number, frame),
    };
    const instance = new WebAssembly.Instance(options.core, { env: imports });
    this.#core = instance.exports as unknown as CoreExports;
    this.imports = { ...imports, ...(instance.exports as Record<string, WebAssembly.ImportValue>) };
    this.translation = options.translation?.(this) ?? NO_TRANSLATION;
    this.updateMode();
  }

  // ---- pins -----------------------------------------------------------------------------------------------

  setInterruptRequest(asserted: boolean): void {
    this.#interruptRequest = asserted;
    this.#request(REQUEST.interrupt, asserted && !this.#interruptsHeld);
  }
  /** While held, INTR waits: a debugger steps through a program, not through its interrupts. */
  holdInterrupts(held: boolean): void {
    this.#interruptsHeld = held;
    this.setInterruptRequest(this.#interruptRequest);
  }
  raiseNonMaskable(): void {
    if (this.#nmiBlocked) this.#nmiPending = true;
    else this.#request(REQUEST.nmi, true);
  }
  reset(): void {
    this.#request(REQUEST.reset, true);
  }
  setAddress20(enabled: boolean): void {
    this.mmu.setAddress20(enabled);
  }
  /** Makes `run` come back soon, with 'host'. */
  requestAttention(): void {
    this.#request(REQUEST.host, true);
  }
  #request(bit: number, on: boolean): void {
    const old = this.state.get(STATE.request);
    this.state.set(STATE.request, on ? old | bit : old & ~bit);
  }

  // ---- what the parts ask of the whole ----------------------------------------------------------------------

  readEflags(): number {
    return (this.state.get(STATE.eflags) & ~ARITHMETIC_FLAGS) | readArithmeticFlags(this.state) | 2;
  }
  writeEflags(value: number): void {
    writeArithmeticFlags(this.state, value);
    this.state.set(STATE.eflags, (value & WRITABLE_FLAGS & ~ARITHMETIC_FLAGS) | 2);
    this.updateMode();
  }
  updateMode(): void {
    this.state.set(STATE.mode, computeMode(this.state));
  }
  setCpl(cpl: number): void {
    this.state.set(STATE.cpl, cpl);
    if (cpl === 3) this.state.set(STATE.userEntered, 1);
    this.mmu.privilegeChanged();
  }
  /** IRET, even one that faults. */
  unblockNmi(): void {
    if (this.#nmiPending) this.#request(REQUEST.nmi, true);
    this.#nmiPending = false;
    this.#nmiBlocked = false;
  }
  halt(): void {
    this.#halted = true;
    this.requestAttention();
  }
  shutdown(): void {
    this.#shutdown = true;
    this.requestAttention();
  }
  /** RESET: registers as after power on, no translation of addresses remembered. */
  powerOn(): void {
    resetState(this.state);
    this.resume();
    this.#nmiPending = false;
    this.#nmiBlocked = false;
    this.setAddress20(true);
    this.mmu.modeChanged();
    this.setCpl(0);
    this.updateMode();
  }
  /** RAM is about to be filled anew, past the MMU: nothing translated from it may stay. */
  forgetCode(): void {
    this.codePages.forEach((marked, page) => {
      if (marked) this.translation.onCodeWrite(page * PAGE_SIZE, PAGE_SIZE);
    });
  }
  lookUp(linear: number): number {
    return this.mmu.lookUp(linear);
  }
  dropCode(physical: number): void {
    if (this.codePages[Math.floor(physical / PAGE_SIZE)]) this.translation.onCodeWrite(physical, 1);
  }
  heat(eip: number): void {
    this.translation.heat(eip);
  }
  rebind(): void {
    this.translation.rebind();
  }
  core(name: Announcement): HostImport {
    return this.imports[name] as HostImport;
  }
  /** Ends a halt or shutdown, as an interrupt or reset would. */
  resume(): void {
    this.#halted = false;
    this.#shutdown = false;
  }
  /** Whether code at CPL 3 has been entered since the last call. */
  takeUserEntered(): boolean {
    const entered = this.state.get(STATE.userEntered) !== 0;
    this.state.set(STATE.userEntered, 0);
    return entered;
  }
  get halted(): boolean {
    return this.#halted;
  }
  get isShutdown(): boolean {
    return this.#shutdown;
  }
  /** Instructions executed since the start, exact at any moment. */
  get instructions(): number {
    return this.#executed + this.#budget - this.state.get(STATE.fuel);
  }

  /** Instructions executed by translated regions, and how often one was entered. */
  translatedInstructions = 0;
  transfers = 0;
  #takeCounters(): void {
    const { state } = this;
    this.translatedInstructions += state.get(COUNTERS.translatedInstructions);
    this.transfers += state.get(COUNTERS.transfers);
    state.set(COUNTERS.translatedInstructions, 0);
    state.set(COUNTERS.transfers, 0);
  }

  // ---- running ----------------------------------------------------------------------------------------------

  /** Executes at most `fuel` instructions. */
  run(fuel: number): RunResult {
    const { state } = this;
    this.#budget = fuel;
    state.set(STATE.fuel, fuel);
    try {
      return this.#loop();
    } finally {
      this.#executed += this.#budget - state.get(STATE.fuel);
      this.#budget = 0;
      state.set(STATE.fuel, 0);
      this.#takeCounters();
      this.translation.pump();
    }
  }

  /** Executes one instruction in the complete interpreter, or delivers what is due. */
  step(): RunResult {
    return this.run(1);
  }

  #loop(): RunResult {
    const { state } = this;
    for (;;) {
      if (state.get(STATE.request)) {
        const result = this.#attend();
        if (result) return result;
        // An exception that was kept from the guest ends the run before anything else is executed.
        if (state.get(STATE.request) & REQUEST.host) continue;
      }
      if (this.#halted) return 'halt';
      if (state.get(STATE.fuel) <= 0) return 'fuel';
      if (state.get(STATE.mode) & MODE.debug) {
        this.#debugStep();
        continue;
      }
      switch (this.#core.run(this.translation.threshold)) {
        case RUN_EXIT.fuel:
          return 'fuel';
        case RUN_EXIT.fault:
          this.#deliverRecorded();
          break;
        case RUN_EXIT.hot:
          if (!this.translation.heat(state.get(STATE.eip))) this.#interpretOne();
          break;
        default:
      }
    }
  }

  /** One instruction in the complete interpreter. */
  #interpretOne(): void {
    const { state } = this;
    state.set(STATE.shadow, 0);
    const eip = state.get(STATE.eip);
    if (this.#core.step() === STEP.fault) {
      this.#deliverRecorded();
      return;
    }
    state.set(STATE.fuel, state.get(STATE.fuel) - 1);
    this.#announce?.(eip, 1);
  }

  /** Looks at STATE.request: what is due is delivered or makes the run end. */
  #attend(): RunResult | undefined {
    const { state } = this;
    const request = state.get(STATE.request);
    if (request & REQUEST.host) {
      this.#request(REQUEST.host, false);
      if (this.#shutdown) return 'shutdown';
      if (!this.#halted) return 'host';
    }
    if (request & REQUEST.reset) {
      this.#request(REQUEST.reset, false);
      return 'host';
    }
    const shadow = state.get(STATE.shadow);
    if (shadow === SHADOW.stackSegment) return undefined;
    if (request & REQUEST.trap) {
      this.#request(REQUEST.trap, false);
      this.#deliver(VECTOR.DB, undefined, false);
    } else if (shadow) {
      return undefined;
    } else if (request & REQUEST.nmi) {
      this.#request(REQUEST.nmi, false);
      this.#nmiBlocked = true;
      this.#deliver(VECTOR.NMI, undefined, true);
    } else if (request & REQUEST.interrupt && state.get(STATE.eflags) & EFLAGS.IF) {
      const vector = this.board.acknowledgeInterrupt();
      if (vector >= 0) this.#deliver(vector, undefined, true);
    }
    return undefined;
  }

  #deliver(vector: number, code: number | undefined, external: boolean): void {
    if (!external && this.#interceptFault?.(vector, code)) {
      this.requestAttention();
      return;
    }
    this.#halted = false;
    this.delivered[vector]!++;
    deliver(this, { vector, code, external });
  }

  #deliverRecorded(): void {
    const vector = this.state.get(STATE.faultVector);
    const code = this.state.get(STATE.faultCode);
    this.state.set(STATE.faultVector, NO_FAULT);
    if (vector === VECTOR.MF && !(this.state.get(STATE.cr0) & CR0.NE)) {
      // The instruction waits for the interrupt that FERR# makes. SDM vol. 1, 8.7.2.
      this.board.floatingPointError?.();
      this.halt();
      return;
    }
    if (vector === HELD) this.requestAttention();
    else this.#deliver(vector, code === NO_FAULT ? undefined : code, false);
  }

  /** One instruction with breakpoints and single step observed. */
  #debugStep(): void {
    const { state } = this;
    try {
      const linear = (state.segBase(CS) + state.get(STATE.eip)) | 0;
      if (state.get(STATE.shadow) !== SHADOW.stackSegment) checkExecuteBreakpoints(this, linear);
    } catch (fault) {
      if (!(fault instanceof GuestFault)) throw fault;
      this.#deliver(fault.vector, fault.code, false);
      return;
    }
    const stepping = state.get(STATE.eflags) & EFLAGS.TF;
    const before = state.get(STATE.fuel);
    this.#interpretOne();
    if (stepping && state.get(STATE.fuel) !== before) singleStep(this);
  }

  // ---- called from generated code ---------------------------------------------------------------------------

  /** Runs what may throw a guest fault; records the fault and gives 0. */
  #guarded(action: () => number): number {
    try {
      return action();
    } catch (fault) {
      return this.#record(fault);
    }
  }

  #record(fault: unknown): 0 {
    if (!(fault instanceof GuestFault)) throw fault;
    this.state.set(STATE.faultVector, fault.vector);
    this.state.set(STATE.faultCode, fault.code ?? NO_FAULT);
    return 0;
  }

  #codeSize(): 16 | 32 {
    return this.state.get(STATE.mode) & MODE.code32 ? 32 : 16;
  }

  /** Execute entry of a linear page, filled if it can be; 0 where there can be none. */
  #execEntry(page: number): number {
    try {
      this.mmu.fetch(page << 12);
      return this.state.get(this.state.get(STATE.tlbExec) + page * 4);
    } catch (fault) {
      if (fault instanceof GuestFault) return 0;
      throw fault;
    }
  }

  /** Host pointer to the instruction at EIP with all its bytes in a row; 0 after a fault. */
  #fetch(): number {
    const { state } = this;
    try {
      const eip = state.get(STATE.eip);
      const linear = (state.segBase(CS) + eip) | 0;
      const host = this.mmu.fetch(linear);
      if (this.observers.watchesCode(linear) && this.observers.fetched(linear)) return this.#hold();
      const inPage = PAGE_SIZE - (linear & (PAGE_SIZE - 1));
      const flat = state.get(STATE.mode) & MODE.flat;
      if (inPage >= 16 && flat && !this.#mayBeTooLong(host)) return host;
      return this.#fetchCarefully(linear, eip >>> 0, host, inPage);
    } catch (fault) {
      return this.#record(fault);
    }
  }

  /** Stops before an instruction by a fault that no guest hears of. */
  #hold(): 0 {
    this.state.set(STATE.faultVector, HELD);
    this.state.set(STATE.faultCode, NO_FAULT);
    return 0;
  }

  #mayBeTooLong(host: number): boolean {
    const { u8 } = this.state;
    let n = 0;
    while (n < PREFIXES_TO_WORRY && isPrefix(u8[host + n]!)) n++;
    return n === PREFIXES_TO_WORRY;
  }

  /** Near a page's end, with a limit to watch, or with many prefixes: decodes to know how many bytes there are. */
  #fetchCarefully(linear: number, eip: number, host: number, inPage: number): number {
    const { state } = this;
    const limit = state.segLimit(CS);
    const buffer = STATE.fetchBuffer;
    const read = (index: number): number => {
      if (eip + index > limit) throw new GuestFault(VECTOR.GP, 0);
      const at = index < inPage ? host + index : this.mmu.fetch((linear + index) | 0);
      state.u8[buffer + index] = state.u8[at]!;
      return state.u8[at]!;
    };
    if (decode(read, this.#codeSize()) === 'too long') throw new GuestFault(VECTOR.GP, 0);
    return inPage >= 16 ? host : buffer;
  }

  /** Executes the instruction at EIP by its function in the runtime: 1, or 0 after a fault. */
  #host(): number {
    const { state } = this;
    const eip = state.get(STATE.eip);
    const called = this.hostFunctions.at(state.get(STATE.instruction));
    if (called) return this.#hostFunction(called);
    const instruction = this.#decoded.decode(state.get(STATE.instruction), this.#codeSize());
    try {
      if (typeof instruction === 'string') throw new GuestFault(VECTOR.UD);
      const action = this.#hostByLine[instruction.line.id];
      if (!action) throw new Error(`no runtime function for ${instruction.line.mnemonic} (${instruction.line.host})`);
      state.set(STATE.eip, eip + instruction.length);
      action(this, instruction);
      return 1;
    } catch (fault) {
      state.set(STATE.eip, eip);
      return this.#record(fault);
    }
  }

  #hostFunction(called: HostFunction): number {
    return this.#guarded(() => {
      this.hostFunctions.interpret(called);
      return 1;
    });
  }
}

const NO_FAULT = -1;
/** No vector: an observer wants the run to end before the instruction. */
const HELD = 256;
