/**
 * Ticks of a periodic timer that its guest has yet to take. A processor takes each before the next; a process that
 * stands for one may be kept away for a tenth of a second, and kernels count ticks: Linux gives up a TSC that runs
 * ahead of them, and with it one-shot timers. So ticks wait here for each other instead of being lost.
 */

/** The tick before: nobody listens for it, it still waits for its acknowledge, or it has been acknowledged. */
export type TickState = 'unheard' | 'waiting' | 'taken';

/** Ticks that may be owed; beyond that a guest is too slow for its timer, and loses them. 16 s at 250 Hz. */
const MOST = 4096;

export class TickBacklog {
  #owed = 0;
  readonly #deliver: () => void;
  readonly #state: () => TickState;

  constructor(deliver: () => void, state: () => TickState) {
    this.#deliver = deliver;
    this.#state = state;
  }

  /** So many periods have ended since the last call. */
  add(periods: number): void {
    this.#owed = Math.min(this.#owed + periods, MOST);
    this.offer();
  }

  /** Delivers the next tick if one is owed and none waits; to be called after each acknowledge. */
  offer(): void {
    if (this.#owed === 0) return;
    const state = this.#state();
    if (state === 'waiting') return;
    // Ticks that nobody wanted are not made up for.
    this.#owed = state === 'unheard' ? 0 : this.#owed - 1;
    this.#deliver();
  }

  /** The timer has been set anew: the ticks of its former period are void. */
  clear(): void {
    this.#owed = 0;
  }
}
