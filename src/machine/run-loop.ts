/**
 * The loop that alternates the CPU, the devices and the host's event loop. The CPU runs in slices that end where
 * the next device deadline is due; while it sleeps, so does the process.
 */
import type { RunResult } from '../../runtime/execution.ts';
import type { Processor } from '../../runtime/processor.ts';
import { InstructionClock, type MachineClock } from './clock.ts';
import { TimerSlack } from './timer-slack.ts';

/** Instructions in one slice, at least and at most. */
const SLICE = { least: 10_000, most: 2_000_000 };
/** How long the CPU may run, in ms, before the host's event loop gets a turn. */
const TURN = 8;
/** The longest sleep in ms; later deadlines are met in several. */
const LONGEST_SLEEP = 60_000;
const NS_PER_MS = 1e6;

export interface RunLoopHooks {
  /** After every slice. */
  readonly afterSlice: () => void;
  /** Something has ended the run; asked after every slice. */
  readonly ended: () => boolean;
  /** Runs the CPU in place of Processor.run: profiles. */
  readonly run?: ((fuel: number) => RunResult) | undefined;
  /** Who may hold the guest. */
  readonly reins: Reins;
  /** The guest is held, or goes on. */
  readonly held?: ((held: boolean) => void) | undefined;
}

/** A debugger's hold on the guest. */
export interface Reins {
  /** Instructions that the next slice may execute; 0: the guest is held. */
  allowance(): number;
  /** Waits until the guest is let go. */
  released(): Promise<void>;
  /** The CPU has shut down; it may be held before the run ends. */
  crashed(): void;
}

export class RunLoop {
  readonly #cpu: Processor;
  readonly #clock: MachineClock;
  readonly #hooks: RunLoopHooks;
  readonly #run: (fuel: number) => RunResult;
  /** Guest instructions a ns, as last seen; only for the size of slices. */
  #rate = 0.1;
  #sliceEnd = Infinity;
  #wake: (() => void) | undefined;
  #slept = 0;
  #sleepingSince: number | undefined;
  readonly #slack = new TimerSlack();
  /** The count of instructions when the last sleep ended. */
  #awakeSince = 0;

  constructor(cpu: Processor, clock: MachineClock, hooks: RunLoopHooks) {
    this.#cpu = cpu;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#run = hooks.run ?? ((fuel) => cpu.run(fuel));
    clock.onEarlierDeadline = (deadline) => {
      if (deadline < this.#sliceEnd) cpu.requestAttention();
    };
  }

  /** Ends a sleep: there is input, or somebody wants the machine. */
  wake(): void {
    this.#wake?.();
    this.#cpu.requestAttention();
  }

  /** Host time slept up to now, in ms. */
  get slept(): number {
    return this.#slept + (this.#sleepingSince === undefined ? 0 : performance.now() - this.#sleepingSince);
  }

  /** Runs until a hook says that it has ended, or the CPU shuts down. */
  async run(): Promise<void> {
    let turn = performance.now();
    for (;;) {
      const allowance = await this.#allowance();
      this.#clock.runDue();
      this.#hooks.afterSlice();
      if (this.#hooks.ended()) return;
      const now = performance.now();
      if (now - turn >= TURN) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        turn = performance.now();
      }
      const result = this.#slice(allowance);
      if (result === 'shutdown') {
        this.#hooks.afterSlice();
        this.#hooks.reins.crashed();
        await this.#allowance();
        return;
      }
      if (result === 'halt') {
        this.#hooks.afterSlice();
        if (this.#hooks.ended()) return;
        if (this.#hooks.reins.allowance() > 0) await this.#sleep();
        turn = performance.now();
      }
    }
  }

  /**
   * Runs, without ever sleeping, until exactly `target` instructions have been executed since the start; for
   * clocks that count instructions. What ends a run ends this too.
   */
  advance(target: number): void {
    const clock = this.#clock;
    if (!(clock instanceof InstructionClock)) throw new Error('advance() needs a clock that counts instructions');
    while (this.#cpu.instructions < target && !this.#hooks.ended()) {
      clock.runDue();
      this.#hooks.afterSlice();
      this.#sliceEnd = clock.nextDeadline();
      const due = Math.max(1, clock.instructionsUntil(this.#sliceEnd));
      const result = this.#run(Math.min(due, SLICE.most, target - this.#cpu.instructions));
      if (result === 'shutdown') break;
      if (result !== 'halt') continue;
      if (clock.nextDeadline() === Infinity) break;
      clock.advanceTo(clock.nextDeadline());
    }
    this.#hooks.afterSlice();
  }

  /** Waits while the guest is held, unless the run has ended; the guest's time stands meanwhile. */
  async #allowance(): Promise<number> {
    const { reins, ended, held } = this.#hooks;
    for (;;) {
      const allowance = reins.allowance();
      if (allowance > 0 || ended()) return allowance;
      this.#clock.pause();
      held?.(true);
      const { promise: woken, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await Promise.race([reins.released(), woken]);
      this.#wake = undefined;
      held?.(false);
      this.#clock.resume();
    }
  }

  #slice(allowance: number) {
    const clock = this.#clock;
    const deadline = clock.nextDeadline();
    this.#sliceEnd = deadline;
    if (clock instanceof InstructionClock) {
      const fuel = Math.max(1, Math.min(SLICE.most, allowance, clock.instructionsUntil(deadline)));
      return this.#run(fuel);
    }
    const start = performance.now();
    const before = this.#cpu.instructions;
    const wanted = (deadline - clock.now()) * this.#rate;
    const fuel = Math.floor(Math.max(SLICE.least, Math.min(SLICE.most, wanted)));
    const result = this.#run(Math.min(fuel, allowance));
    const spent = (performance.now() - start) * NS_PER_MS;
    const done = this.#cpu.instructions - before;
    if (done >= SLICE.least && spent > 0) this.#rate += (done / spent - this.#rate) / 4;
    return result;
  }

  /** Waits for the next deadline or for wake(). */
  async #sleep(): Promise<void> {
    const clock = this.#clock;
    const counting = clock instanceof InstructionClock;
    const now = clock.now();
    const deadline = counting ? clock.nextDeadline() : clock.wakeUpTime(this.#allowedSlack(now));
    clock.sleep(deadline);
    // Timers are whole milliseconds: a shorter wait would come back early and spin.
    const ms = Math.ceil((deadline - clock.now()) / NS_PER_MS);
    const woken = ms > 0 && (await this.#wait(Math.min(ms, LONGEST_SLEEP)));
    clock.wake();
    if (woken) this.#slack.disturbed(clock.now());
    else if (counting && ms <= LONGEST_SLEEP) clock.advanceTo(deadline);
    this.#awakeSince = this.#cpu.instructions;
  }

  /** How late timers may come in a sleep that begins now, in ns. */
  #allowedSlack(now: number): number {
    const cpu = this.#cpu;
    this.#slack.worked(now, cpu.instructions - this.#awakeSince, cpu.takeUserEntered());
    return this.#slack.at(now);
  }

  /** Sleeps for so many ms; whether wake() has ended it. */
  async #wait(ms: number): Promise<boolean> {
    this.#sleepingSince = performance.now();
    const woken = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
    this.#wake = undefined;
    this.#slept = this.slept;
    this.#sleepingSince = undefined;
    return woken;
  }
}
