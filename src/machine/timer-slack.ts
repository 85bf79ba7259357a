/**
 * How late the timers of a sleeping guest may come. A kernel that ticks all the time would wake the process for each
 * tick, which costs far more than the tick. So the longer a guest has been quiet, the more ticks are left to one
 * wake-up. Whatever a program sleeps, it oversleeps by a sixteenth of that at most.
 */

/** A guest that sleeps again within so many instructions, without having run a program, has done its housekeeping only. */
const HOUSEKEEPING = 50_000;
/** Slack as a share of the time since the guest was last at work, and its limit in ns. */
const SHARE = 1 / 16;
const MOST = 90_000_000;

export class TimerSlack {
  /** Guest time, ns. */
  #quietSince = 0;

  /** The slack of a sleep that begins now; ns, as all times here. */
  at(now: number): number {
    return Math.min((now - this.#quietSince) * SHARE, MOST);
  }

  /** Something has come from outside. */
  disturbed(now: number): void {
    this.#quietSince = now;
  }

  /** Between two sleeps the guest has executed so many instructions, programs among them or not. */
  worked(now: number, instructions: number, programs: boolean): void {
    if (programs || instructions > HOUSEKEEPING) this.#quietSince = now;
  }
}
