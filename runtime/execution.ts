/**
 * The turns of a running CPU: what waits at its pins is taken, instructions run until something comes up, and the
 * exceptions that they raise are delivered.
 */
import { CR0 } from '../translator/control-bits.ts';
import { RUN_EXIT, STEP } from '../translator/interpreter/exits.ts';
import { CS, EFLAGS, MODE, REQUEST, SHADOW, STATE } from '../translator/layout.ts';
import type { Cpu } from './cpu.ts';
import { checkExecuteBreakpoints, singleStep } from './debug.ts';
import { HELD, type RecordedFault } from './faults.ts';
import { deliver } from './protection/interrupts.ts';
import type { Requests } from './requests.ts';
import { GuestFault, VECTOR } from './state.ts';
import type { Translation } from './translation.ts';
import { isErrorPending, withoutSummary } from './x87/registers.ts';

/** Why a run came back. */
export type RunResult = 'fuel' | 'halt' | 'host' | 'shutdown';

export interface ExecutionHooks {
  /** Asked before an exception is delivered: true keeps it from the guest and ends the run with 'host'. */
  readonly interceptFault?: (vector: number, code: number | undefined) => boolean;
  /**
   * With an exact core: hears of every instruction of the interpreters, by EIP; -1 times takes one back.
   */
  readonly executed?: ((eip: number, times: number) => void) | undefined;
}

/** The CPU, with what its execution needs besides. */
interface RunningCpu extends Cpu {
  readonly translation: Translation;
  /** Exceptions and interrupts delivered, by vector. */
  readonly delivered: Uint32Array;
  requestAttention(): void;
}

/** Exports of the core module that instructions are run by. */
export interface CoreRun {
  run(threshold: number): number;
  step(): number;
}

export class Execution {
  readonly #cpu: RunningCpu;
  readonly #core: CoreRun;
  readonly #requests: Requests;
  readonly #fault: RecordedFault;
  readonly #interceptFault: ExecutionHooks['interceptFault'];
  readonly #announce: ExecutionHooks['executed'];
  /** IGNNE#. */
  #numericErrorsIgnored = false;
  /** A trap is due behind the instruction that is executed. */
  #stepping = false;

  constructor(
    cpu: RunningCpu,
    core: CoreRun,
    requests: Requests,
    fault: RecordedFault,
    { interceptFault, executed }: ExecutionHooks,
  ) {
    this.#cpu = cpu;
    this.#core = core;
    this.#requests = requests;
    this.#fault = fault;
    this.#interceptFault = interceptFault;
    this.#announce = executed;
  }

  /** Executes as many instructions as there is fuel. */
  run(): RunResult {
    const { state, translation } = this.#cpu;
    for (;;) {
      if (state.get(STATE.request)) {
        const due = this.#requests.take();
        if (typeof due === 'string') return due;
        if (due) this.#deliver(due.vector, undefined, due.external);
        // An exception that was kept from the guest ends the run before anything else is executed.
        if (state.get(STATE.request) & REQUEST.host) continue;
      }
      if (this.#requests.halted) return 'halt';
      if (state.get(STATE.fuel) <= 0) return 'fuel';
      if (state.get(STATE.mode) & MODE.debug) {
        this.#debugStep();
        continue;
      }
      switch (this.#core.run(translation.threshold)) {
        case RUN_EXIT.fuel:
          return 'fuel';
        case RUN_EXIT.fault:
          this.#deliverRecorded();
          break;
        case RUN_EXIT.hot:
          if (!translation.heat(state.get(STATE.eip))) this.#interpretOne();
          break;
        case RUN_EXIT.access:
          translation.leftForAccess(state.get(STATE.leftBy));
          // The region may stay as it is for a while: the guest goes on even if it may be left only once.
          this.#interpretOne();
          break;
        default:
      }
    }
  }

  /** One instruction in the complete interpreter. */
  #interpretOne(): void {
    const { state } = this.#cpu;
    state.set(STATE.shadow, 0);
    const eip = state.get(STATE.eip);
    if (this.#core.step() === STEP.fault) {
      this.#deliverRecorded();
      return;
    }
    state.set(STATE.fuel, state.get(STATE.fuel) - 1);
    this.#announce?.(eip, 1);
  }

  // ---- exceptions and interrupts ----------------------------------------------------------------------------

  #deliver(vector: number, code: number | undefined, external: boolean): void {
    if (!external && this.#interceptFault?.(vector, code)) {
      this.#cpu.requestAttention();
      return;
    }
    this.#requests.wake();
    this.#cpu.delivered[vector]!++;
    deliver(this.#cpu, { vector, code, external });
  }

  #deliverRecorded(): void {
    const { vector, code } = this.#fault.take();
    if (vector === VECTOR.MF && !(this.#cpu.state.get(STATE.cr0) & CR0.NE)) {
      this.#meetNumericError();
      return;
    }
    if (vector === HELD) this.#cpu.requestAttention();
    else this.#deliver(vector, code, false);
  }

  // ---- errors of the x87 while CR0.NE is clear. SDM vol. 1, 8.7.2 ---------------------------------------------

  get numericErrorsIgnored(): boolean {
    return this.#numericErrorsIgnored;
  }
  /** While IGNNE# is asserted each instruction is looked at, for the one that ends the exception. */
  ignoreNumericErrors(asserted: boolean): void {
    this.#numericErrorsIgnored = asserted;
    if (asserted) this.#endNumericError();
  }

  /** The instruction waits for the interrupt that FERR# makes, unless IGNNE# lets it through. */
  #meetNumericError(): void {
    if (this.#numericErrorsIgnored) {
      withoutSummary(this.#cpu.state, () => this.#interpretOne());
      return;
    }
    this.#cpu.board.floatingPointError?.(true);
    this.#requests.halt();
  }

  #endNumericError(): void {
    if (!isErrorPending(this.#cpu.state)) this.#cpu.board.floatingPointError?.(false);
  }

  // ---- breakpoints and single step ----------------------------------------------------------------------------

  /** One instruction with both observed. */
  #debugStep(): void {
    const { state } = this.#cpu;
    try {
      const linear = (state.segBase(CS) + state.get(STATE.eip)) | 0;
      if (state.get(STATE.shadow) !== SHADOW.stackSegment) checkExecuteBreakpoints(this.#cpu, linear);
    } catch (fault) {
      if (!(fault instanceof GuestFault)) throw fault;
      this.#deliver(fault.vector, fault.code, false);
      return;
    }
    this.#stepping = (state.get(STATE.eflags) & EFLAGS.TF) !== 0;
    const before = state.get(STATE.fuel);
    this.#interpretOne();
    if (this.#stepping && state.get(STATE.fuel) !== before) singleStep(this.#cpu);
    if (this.#numericErrorsIgnored) this.#endNumericError();
  }
  /** No trap for the instruction that is executed. */
  endStep(): void {
    this.#stepping = false;
  }
}
