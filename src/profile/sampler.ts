/**
 * Stops the guest at instructions chosen at random and notes where it is. The distance is counted in instructions, so
 * that each instruction is as likely to be found as any other; time is what passed on the host since the last stop.
 */
import type { Processor } from '../../runtime/processor.ts';
import { CS, PAGE_SIZE, RAM, STATE } from '../../translator/layout.ts';
import { currentSpace, placeKey, type Space, StackTree } from './frames.ts';
import type { PageStore } from './page-store.ts';
import type { RegionRecords } from './region-records.ts';
import { StackWalk } from './stack-walk.ts';

/** What the samples at one node of the stack tree add up to. */
export interface Tally {
  samples: number;
  /** Instructions that the samples stand for. */
  instructions: number;
  /** Of those, in translated code. */
  translated: number;
  /** Host time in ms. */
  time: number;
}

/** Samples at the beginning are closer together, so that short runs have some. */
const EARLY = { samples: 1000, closer: 10 } as const;

export class Sampler {
  readonly stacks = new StackTree();
  /** By node: samples whose innermost place it is. */
  readonly tallies = new Map<number, Tally>();
  readonly #cpu: Processor;
  readonly #pages: PageStore;
  readonly #regions: RegionRecords;
  readonly #walk: StackWalk;
  readonly #interval: number;
  /** Instructions executed when the last sample was taken, and when the next is due. */
  #last: number;
  #next: number;
  #taken = 0;
  /** Host time spent running since the last sample, in ms. */
  #time = 0;

  /** @param interval instructions between two samples on average */
  constructor(cpu: Processor, pages: PageStore, regions: RegionRecords, interval: number) {
    this.#cpu = cpu;
    this.#pages = pages;
    this.#regions = regions;
    this.#walk = new StackWalk(cpu);
    this.#interval = interval;
    this.#last = cpu.instructions;
    this.#next = this.#last + this.#distance();
  }

  /** Runs the CPU as Processor.run does, up to the next sample at most. */
  run(fuel: number): ReturnType<Processor['run']> {
    const cpu = this.#cpu;
    const start = performance.now();
    const result = cpu.run(Math.min(fuel, Math.max(1, this.#next - cpu.instructions)));
    this.#time += performance.now() - start;
    if (cpu.instructions >= this.#next) this.#sample();
    return result;
  }

  /** Evenly distributed around the interval: a loop of the guest cannot keep step with it. */
  #distance(): number {
    const interval = this.#taken < EARLY.samples ? this.#interval / EARLY.closer : this.#interval;
    return Math.max(1, Math.round(interval * (0.5 + Math.random())));
  }

  #sample(): void {
    const { instructions, state, translation } = this.#cpu;
    const weight = instructions - this.#last;
    const time = this.#time;
    this.#taken++;
    this.#last = instructions;
    this.#next = instructions + this.#distance();
    this.#time = 0;
    const space = currentSpace(state);
    const eip = state.get(STATE.eip);
    const linear = (state.segBase(CS) + eip) >>> 0;
    const callers = this.#walk.callers(linear);
    let node = 0;
    // A call may be the last instruction of its function: what is before the return address is in it for sure.
    for (let n = callers.length - 1; n >= 0; n--) node = this.stacks.child(node, this.#key(space, callers[n]! - 1));
    node = this.stacks.child(node, this.#key(space, linear));
    const tally = this.tallies.get(node) ?? { samples: 0, instructions: 0, translated: 0, time: 0 };
    this.tallies.set(node, tally);
    tally.samples++;
    tally.instructions += weight;
    tally.time += time;
    const host = this.#walk.host(linear);
    const region = host < 0 ? -1 : translation.regionAt(host - RAM, eip);
    if (region < 0) return;
    tally.translated += weight;
    const { sampled } = this.#regions.all[region]!;
    sampled.set(eip, (sampled.get(eip) ?? 0) + weight);
  }

  #key(space: Space, linear: number): number {
    if (space !== 'user') return placeKey(space, linear, -1);
    const host = this.#walk.host(linear);
    return placeKey(space, linear, host < 0 ? -1 : this.#pages.likelyNumber(Math.floor((host - RAM) / PAGE_SIZE)));
  }
}
