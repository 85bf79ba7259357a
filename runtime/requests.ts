/**
 * What waits for the CPU between two instructions, as bits of STATE.request: interrupts, NMI, traps, reset, and a
 * wish of the host to have the CPU back. Also why it executes nothing: HLT or shutdown.
 */
import { EFLAGS, REQUEST, SHADOW, STATE } from '../translator/layout.ts';
import { type CpuState, VECTOR } from './state.ts';

/** What is due: an interrupt or trap to deliver, or a reason to end the run. */
export type Due = 'host' | 'shutdown' | { readonly vector: number; readonly external: boolean };

export class Requests {
  readonly #state: CpuState;
  readonly #acknowledge: () => number;
  #interruptRequest = false;
  #interruptsHeld = false;
  /** While an NMI handler has not ended with IRET, one more NMI is remembered. SDM vol. 3, 6.7.1. */
  #nmiPending = false;
  #halted = false;
  #shutdown = false;

  /** `acknowledge` is INTA, as Board has it. */
  constructor(state: CpuState, acknowledge: () => number) {
    this.#state = state;
    this.#acknowledge = acknowledge;
  }

  // ---- made ---------------------------------------------------------------------------------------------------

  set(bit: number, on: boolean): void {
    const old = this.#state.get(STATE.request);
    this.#state.set(STATE.request, on ? old | bit : old & ~bit);
  }
  interrupt(asserted: boolean): void {
    this.#interruptRequest = asserted;
    this.set(REQUEST.interrupt, asserted && !this.#interruptsHeld);
  }
  holdInterrupts(held: boolean): void {
    this.#interruptsHeld = held;
    this.interrupt(this.#interruptRequest);
  }
  nonMaskable(): void {
    if (this.#state.get(STATE.nmiBlocked)) this.#nmiPending = true;
    else this.set(REQUEST.nmi, true);
  }
  unblockNmi(): void {
    if (this.#nmiPending) this.set(REQUEST.nmi, true);
    this.forgetNmi();
  }
  forgetNmi(): void {
    this.#nmiPending = false;
    this.#state.set(STATE.nmiBlocked, 0);
  }
  halt(): void {
    this.#halted = true;
    this.set(REQUEST.host, true);
  }
  shutdown(): void {
    this.#shutdown = true;
    this.set(REQUEST.host, true);
  }
  /** Out of HLT: something is delivered. */
  wake(): void {
    this.#halted = false;
  }
  resume(): void {
    this.#halted = false;
    this.#shutdown = false;
  }
  get halted(): boolean {
    return this.#halted;
  }
  get isShutdown(): boolean {
    return this.#shutdown;
  }

  // ---- met ----------------------------------------------------------------------------------------------------

  /** Takes the most urgent thing that is due now. SDM vol. 3, 6.9. */
  take(): Due | undefined {
    const state = this.#state;
    const request = state.get(STATE.request);
    if (request & REQUEST.host) {
      this.set(REQUEST.host, false);
      if (this.#shutdown) return 'shutdown';
      if (!this.#halted) return 'host';
    }
    if (request & REQUEST.reset) {
      this.set(REQUEST.reset, false);
      return 'host';
    }
    const shadow = state.get(STATE.shadow);
    if (shadow === SHADOW.stackSegment) return undefined;
    if (request & REQUEST.trap) {
      this.set(REQUEST.trap, false);
      return { vector: VECTOR.DB, external: false };
    }
    if (shadow) return undefined;
    if (request & REQUEST.nmi) {
      this.set(REQUEST.nmi, false);
      state.set(STATE.nmiBlocked, 1);
      return { vector: VECTOR.NMI, external: true };
    }
    if (request & REQUEST.interrupt && state.get(STATE.eflags) & EFLAGS.IF) {
      const vector = this.#acknowledge();
      if (vector >= 0) return { vector, external: true };
    }
    return undefined;
  }
}
