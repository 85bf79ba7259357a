/** The local APIC's timer: counts down at a divided bus frequency, once or periodically (Intel SDM vol. 3). */
import type { Clock, Timer } from './clock.ts';

/** Bus clock of the timer in Hz; with 1 GHz a count at divisor 1 is a nanosecond. */
const APIC_TIMER_FREQUENCY = 1_000_000_000;
const NS_PER_CLOCK = 1e9 / APIC_TIMER_FREQUENCY;

/** By bits 3, 1 and 0 of the divide configuration register. */
const DIVISORS = [2, 4, 8, 16, 32, 64, 128, 1];
const DIVIDE_WRITABLE = 0xb;

export class ApicTimer {
  private readonly clock: Clock;
  /** Told how many periods have ended; once, for a one-shot count. */
  private readonly fire: (periods: number) => void;
  private timer: Timer | undefined;
  private initial = 0;
  private divide = 0;
  /** Guest time, ns, at which the count was at its initial value. */
  private start = 0;
  private periodic = false;
  private masked = true;
  /** A one-shot count has ended and done what it had to. The clock alone cannot tell: it may run past the end first. */
  private expired = false;

  constructor(clock: Clock, fire: (periods: number) => void) {
    this.clock = clock;
    this.fire = fire;
  }

  get initialCount(): number {
    return this.initial;
  }

  /** Starts the count; 0 stops it. */
  set initialCount(count: number) {
    this.initial = count >>> 0;
    this.expired = false;
    this.start = this.clock.now();
    this.schedule();
  }

  get currentCount(): number {
    if (this.initial === 0) return 0;
    const elapsed = Math.floor((this.clock.now() - this.start) / this.step);
    if (this.periodic) return this.initial - (elapsed % this.initial);
    return Math.max(0, this.initial - elapsed);
  }

  get divideConfiguration(): number {
    return this.divide;
  }

  /** A new divisor applies to what is left of the count. */
  set divideConfiguration(value: number) {
    const counted = this.initial - this.currentCount;
    this.divide = value & DIVIDE_WRITABLE;
    this.start = this.clock.now() - counted * this.step;
    this.schedule();
  }

  setMode(periodic: boolean, masked: boolean): void {
    // What ends while masked is not made up for.
    if (this.masked && this.currentCount === 0) this.expired = true;
    if (periodic !== this.periodic) {
      // The count goes on from where it is, in the other mode.
      const counted = this.initial - this.currentCount;
      this.periodic = periodic;
      this.expired &&= !periodic;
      this.start = this.clock.now() - counted * this.step;
    }
    this.masked = masked;
    this.schedule();
  }

  /** Nanoseconds of one count. */
  private get step(): number {
    return DIVISORS[((this.divide >> 1) & 4) | (this.divide & 3)] * NS_PER_CLOCK;
  }

  /** Periods that have ended since the start. */
  private get ended(): number {
    return Math.floor((this.clock.now() - this.start) / (this.initial * this.step));
  }

  /** Arranges for the end of the count, or of the period that follows so many. */
  private schedule(before = this.periodic ? this.ended : 0): void {
    this.timer?.cancel();
    this.timer = undefined;
    if (this.initial === 0 || this.masked || this.expired) return;
    const deadline = this.start + (before + 1) * this.initial * this.step;
    this.timer = this.clock.at(deadline, () => this.end(before), this.periodic ? 'exact' : 'patient');
  }

  private end(before: number): void {
    const ended = this.periodic ? this.ended : 1;
    this.expired = !this.periodic;
    this.fire(ended - before);
    if (this.periodic) this.schedule(ended);
  }
}
