/**
 * The hold that a debugger has on a machine: it stops the guest between two instructions, at points and on demand,
 * and lets it go on or step. While the guest is held, its time stands.
 */
import type { Observer } from '../../../runtime/observers.ts';
import type { Processor } from '../../../runtime/processor.ts';
import { CS, STATE } from '../../../translator/layout.ts';
import type { Outcome } from '../api.ts';
import { type Point, Points } from './points.ts';

/** Why the guest stands still. */
export type Stop =
  | { readonly reason: 'asked' | 'step' }
  | { readonly reason: 'breakpoint' | 'watchpoint'; readonly point: Point }
  /** A triple fault; going on ends the run. */
  | { readonly reason: 'crash' }
  /** The run is over. */
  | { readonly reason: 'ended'; readonly outcome: Outcome['reason'] };

/** Linear addresses [start, end) of EIP within which a step goes on. */
export interface StepRange {
  readonly start: number;
  readonly end: number;
}

export class Debugger implements Observer {
  readonly cpu: Processor;
  readonly #points = new Points();
  readonly #wake: () => void;
  #attached = false;
  /** Why the guest is going to be held before its next instruction. */
  #due: Stop | undefined;
  #held: { readonly stop: Stop; readonly release: PromiseWithResolvers<void> } | undefined;
  #stepping: { from: number; readonly range: StepRange | undefined } | undefined;
  #waiting: ((stop: Stop) => void)[] = [];
  #ended: Stop | undefined;

  /** @param wake makes the machine's loop ask for its allowance soon */
  constructor(cpu: Processor, wake: () => void) {
    this.cpu = cpu;
    this.#wake = wake;
  }

  // ---- for debuggers ----------------------------------------------------------------------------------------

  /** Stops the guest soon, unless it stands already. */
  halt(): void {
    if (this.#held) return;
    this.#due ??= { reason: 'asked' };
    this.#wake();
  }

  /** Waits until the guest stands still, or has ended; at once if so. */
  stopped(): Promise<Stop> {
    const stop = this.#ended ?? this.#held?.stop;
    if (stop) return Promise.resolve(stop);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Lets the guest go on. */
  continue(): void {
    this.#stepping = undefined;
    this.#release();
  }

  /**
   * Executes one instruction, or as many as it takes to leave `range`. No interrupt comes between, unless the CPU is
   * halted and waits for one.
   */
  step(range?: StepRange): void {
    this.#stepping = { from: this.cpu.instructions, range };
    this.#release();
  }

  setPoint(point: Point): void {
    this.#points.set(point);
    this.cpu.observers.changed();
  }

  clearPoint(point: Point): void {
    this.#points.clear(point);
    this.cpu.observers.changed();
  }

  /** From here on points count, and a crash holds the guest. */
  attach(): void {
    this.#attached = true;
    this.cpu.observers.add(this);
  }

  /** Forgets all points and lets the guest go on. */
  detach(): void {
    this.#attached = false;
    this.#points.clearAll();
    this.cpu.observers.remove(this);
    this.#due = undefined;
    this.continue();
  }

  // ---- for the machine --------------------------------------------------------------------------------------

  /** Instructions that may be executed now; 0: the guest is held, to be waited for with `released`. */
  allowance(): number {
    if (this.#stepping && this.#hasStepped(this.#stepping)) this.#due ??= { reason: 'step' };
    if (this.#due && !this.#held && !this.#ended) this.#hold(this.#due);
    if (this.#held) return 0;
    // Who steps wants to see the program, not the timer.
    this.cpu.holdInterrupts(this.#stepping !== undefined && !this.cpu.halted);
    return this.#stepping ? 1 : Infinity;
  }

  released(): Promise<void> {
    return this.#held?.release.promise ?? Promise.resolve();
  }

  /** The CPU has shut down. */
  crashed(): void {
    if (this.#attached) this.#due = { reason: 'crash' };
  }

  /** The run is over for good. */
  end(outcome: Outcome['reason']): void {
    if (this.#ended) return;
    this.#ended = { reason: 'ended', outcome };
    this.#tell(this.#ended);
  }

  // ---- for the CPU ------------------------------------------------------------------------------------------

  watchesCode(page: number): boolean {
    return this.#points.hasCodePage(page);
  }

  watchesData(page: number): boolean {
    return this.#points.hasDataPage(page);
  }

  onFetch(linear: number): boolean {
    const point = this.#points.breakpointAt(linear >>> 0);
    if (point) this.#due ??= { reason: 'breakpoint', point };
    return point !== undefined;
  }

  onAccess(linear: number, bytes: number, write: boolean): void {
    const point = this.#points.watchpointFor(linear >>> 0, bytes, write);
    if (!point) return;
    this.#due ??= { reason: 'watchpoint', point };
    this.cpu.requestAttention();
  }

  #hold(stop: Stop): void {
    this.#due = undefined;
    this.#stepping = undefined;
    this.#held = { stop, release: Promise.withResolvers<void>() };
    this.#tell(stop);
  }

  #tell(stop: Stop): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve(stop);
  }

  #release(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.release.resolve();
  }

  /** A step is over when an instruction has been executed, and EIP is out of the range. */
  #hasStepped(step: { from: number; readonly range: StepRange | undefined }): boolean {
    if (this.cpu.instructions === step.from) return false;
    step.from = this.cpu.instructions;
    const at = (this.cpu.state.segBase(CS) + this.cpu.state.get(STATE.eip)) >>> 0;
    return !step.range || at < step.range.start || at >= step.range.end;
  }
}
