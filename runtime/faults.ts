/**
 * Faults on their way out of generated code: no exception crosses that border, so vector and error code wait in two
 * words of state until the processor takes them.
 */
import { STATE } from '../translator/layout.ts';
import { type CpuState, GuestFault } from './state.ts';

/** In the word of the vector or of the error code: there is none. */
const NONE = -1;
/** No vector: an observer wants the run to end before the instruction. */
export const HELD = 256;

export class RecordedFault {
  readonly #state: CpuState;

  constructor(state: CpuState) {
    this.#state = state;
  }

  /** Records a fault that was thrown; anything else is a bug and is thrown on. Gives what imports return then. */
  record(fault: unknown): 0 {
    if (!(fault instanceof GuestFault)) throw fault;
    return this.#set(fault.vector, fault.code);
  }

  /** Runs what may throw a guest fault; records the fault and gives 0. */
  guarded(action: () => number): number {
    try {
      return action();
    } catch (fault) {
      return this.record(fault);
    }
  }

  /** Stops before an instruction by a fault that no guest hears of. */
  hold(): 0 {
    return this.#set(HELD, undefined);
  }

  take(): { readonly vector: number; readonly code: number | undefined } {
    const vector = this.#state.get(STATE.faultVector);
    const code = this.#state.get(STATE.faultCode);
    this.#state.set(STATE.faultVector, NONE);
    return { vector, code: code === NONE ? undefined : code };
  }

  #set(vector: number, code: number | undefined): 0 {
    this.#state.set(STATE.faultVector, vector);
    this.#state.set(STATE.faultCode, code ?? NONE);
    return 0;
  }
}
