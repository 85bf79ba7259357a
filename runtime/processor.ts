/**
 * One CPU: state, MMU, interpreter core and the functions of the runtime, put together on a board. It runs by
 * instruction count: `run(fuel)` executes at most that many instructions and says why it came back.
 */

import type { CoreCall } from '../translator/interpreter/core-calls.ts';
import {
  ARITHMETIC_FLAGS,
  COUNTERS,
  DELIVERED,
  MODE,
  PAGE_SIZE,
  PAGES,
  RAM,
  REQUEST,
  STATE,
} from '../translator/layout.ts';
import type { Board, CpuPins } from './board.ts';
import { CPU_MODELS, type CpuModel, DEFAULT_CPU } from './control/models.ts';
import { createCoreImports } from './core-imports.ts';
import type { Cpu } from './cpu.ts';
import { DataBreakpoints } from './debug.ts';
import { type CoreRun, Execution, type ExecutionHooks, type RunResult } from './execution.ts';
import { RecordedFault } from './faults.ts';
import { readArithmeticFlags, writeArithmeticFlags } from './flags.ts';
import { HostFunctions, type HostImport } from './host-functions.ts';
import { PagingUnit } from './memory/mmu.ts';
import { type MemoryHole, Physical } from './memory/physical.ts';
import { computeMode } from './mode.ts';
import { Observers } from './observers.ts';
import { Requests } from './requests.ts';
import { resetState } from './reset.ts';
import { CpuState } from './state.ts';
import { NO_TRANSLATION, type Translation } from './translation.ts';

export interface ProcessorOptions extends ExecutionHooks {
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
}

interface CoreExports extends CoreRun {
  operate(operation: number, word: number): void;
}

/** EFLAGS bits that a program can set at all. SDM vol. 1, 3.4.3. */
const WRITABLE_FLAGS = 0x003f_7fd5;

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
  readonly observers = new Observers(() => this.#observersChanged());
  /** Functions of the host that the guest calls at addresses. */
  readonly hostFunctions: HostFunctions;
  /** Functions that generated code imports by name. */
  readonly imports: Record<string, WebAssembly.ImportValue>;
  /** By physical page: non-zero where translated code was made from. */
  readonly codePages: Uint8Array;
  codeWrites = 0;
  /** Exceptions and interrupts delivered, by vector. */
  readonly delivered: Uint32Array;
  /** Instructions to execute in this run, so that the count is known at any moment. */
  #budget = 0;
  #executed = 0;
  timestampOffset = 0;
  #onDelivery: Cpu['onDelivery'];
  readonly #core: CoreExports;
  readonly #requests: Requests;
  readonly #execution: Execution;
  /** Faults are not all the guest's. */
  readonly #intercepts: boolean;

  constructor(options: ProcessorOptions) {
    // The interpreter reads two bytes where an instruction begins, even if that is at the last one.
    const pages = Math.ceil((RAM + options.ramSize + 1) / 65536);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.table = new WebAssembly.Table({ element: 'anyfunc', initial: 1 });
    this.board = options.board;
    this.model = options.model ?? CPU_MODELS[DEFAULT_CPU];
    this.#intercepts = options.interceptFault !== undefined;
    this.state = new CpuState(this.memory, options.ramSize);
    this.#requests = new Requests(this.state, () => options.board.acknowledgeInterrupt());
    const fault = new RecordedFault(this.state);
    this.delivered = new Uint32Array(this.state.buffer, DELIVERED, 256);
    this.codePages = new Uint8Array(this.state.buffer, PAGES.code, options.ramSize / PAGE_SIZE);
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
    this.#watchDeliveries();
    this.mmu = new PagingUnit(this.state, this.physical, this.observers);
    this.observers.add(new DataBreakpoints(this), true);
    this.hostFunctions = new HostFunctions(this);
    const imports = createCoreImports(this, fault, (eip, times) => options.executed?.(eip, times));
    const instance = new WebAssembly.Instance(options.core, { env: imports });
    this.#core = instance.exports as unknown as CoreExports;
    this.#execution = new Execution(this, this.#core, this.#requests, fault, options);
    this.imports = { ...imports, ...(instance.exports as Record<string, WebAssembly.ImportValue>) };
    this.translation = options.translation?.(this) ?? NO_TRANSLATION;
    this.updateMode();
  }

  get onDelivery(): Cpu['onDelivery'] {
    return this.#onDelivery;
  }
  set onDelivery(hook: Cpu['onDelivery']) {
    this.#onDelivery = hook;
    this.#watchDeliveries();
  }
  /** Tells generated code whether it may deliver by itself. */
  #watchDeliveries(): void {
    this.state.set(STATE.deliveryWatched, Number(this.#onDelivery !== undefined || this.#intercepts));
  }

  // ---- pins -----------------------------------------------------------------------------------------------

  setInterruptRequest(asserted: boolean): void {
    this.#requests.interrupt(asserted);
  }
  /** While held, INTR waits: a debugger steps through a program, not through its interrupts. */
  holdInterrupts(held: boolean): void {
    this.#requests.holdInterrupts(held);
  }
  raiseNonMaskable(): void {
    this.#requests.nonMaskable();
  }
  reset(): void {
    this.#requests.set(REQUEST.reset, true);
  }
  setAddress20(enabled: boolean): void {
    this.mmu.setAddress20(enabled);
  }
  setIgnoreNumericErrors(asserted: boolean): void {
    this.#execution.ignoreNumericErrors(asserted);
    this.updateMode();
  }
  /** Makes `run` come back soon, with 'host'. */
  requestAttention(): void {
    this.#requests.set(REQUEST.host, true);
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
    this.state.set(STATE.mode, computeMode(this.state) | (this.#execution.numericErrorsIgnored ? MODE.debug : 0));
  }
  setCpl(cpl: number): void {
    this.state.set(STATE.cpl, cpl);
    if (cpl === 3) this.state.set(STATE.userEntered, 1);
    this.mmu.privilegeChanged();
  }
  /** IRET, even one that faults. */
  unblockNmi(): void {
    this.#requests.unblockNmi();
  }
  halt(): void {
    this.#requests.halt();
  }
  shutdown(): void {
    this.#requests.shutdown();
  }
  /** RESET: registers as after power on, no translation of addresses remembered. */
  powerOn(): void {
    resetState(this.state);
    this.resume();
    this.#requests.forgetNmi();
    this.#execution.ignoreNumericErrors(false);
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
  operate(operation: number, word: number): void {
    this.#core.operate(operation, word);
  }
  rebind(): void {
    this.translation.rebind();
  }
  core(name: CoreCall): HostImport {
    return this.imports[name] as HostImport;
  }
  #observersChanged(): void {
    this.state.set(STATE.observed, Number(this.observers.onTranslated));
    this.mmu.flushAll();
  }
  /** Ends a halt or shutdown, as an interrupt or reset would. */
  resume(): void {
    this.#requests.resume();
  }
  /** Whether code at CPL 3 has been entered since the last call. */
  takeUserEntered(): boolean {
    const entered = this.state.get(STATE.userEntered) !== 0;
    this.state.set(STATE.userEntered, 0);
    return entered;
  }
  endStep(): void {
    this.#execution.endStep();
  }
  get halted(): boolean {
    return this.#requests.halted;
  }
  get isShutdown(): boolean {
    return this.#requests.isShutdown;
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
    state.set(STATE.fuelLowAt, 0);
    try {
      const result = this.#execution.run();
      if (result === 'fuel') this.translation.sample(state.get(STATE.fuelLowAt) || state.get(STATE.eip));
      return result;
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
}
