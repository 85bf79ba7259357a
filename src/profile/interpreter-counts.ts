/** Executions of each instruction by the interpreters, which announce every one of them in an exact profile. */
import type { Processor } from '../../runtime/processor.ts';
import { CS, PAGE_SIZE } from '../../translator/layout.ts';
import { currentSpace, placeKey } from './frames.ts';
import type { PageStore } from './page-store.ts';

const OFFSET = PAGE_SIZE - 1;

export class InterpreterCounts {
  readonly #cpu: Processor;
  readonly #pages: PageStore;
  /** By the place of the page's first byte: a count for each byte that an instruction may begin with. */
  readonly #counts = new Map<number, Float64Array>();
  /** The page of the last instruction: what is in it cannot change without code elsewhere being executed. */
  #page = -1;
  #current: Float64Array = new Float64Array(PAGE_SIZE);

  constructor(cpu: Processor, pages: PageStore) {
    this.#cpu = cpu;
    this.#pages = pages;
  }

  /** An instruction has been executed; -1 times: one that was announced has not. */
  executed(eip: number, times: number): void {
    const linear = (this.#cpu.state.segBase(CS) + eip) | 0;
    if (linear >>> 12 !== this.#page) this.#select(linear);
    this.#current[linear & OFFSET]! += times;
  }

  /** Places and their counts. */
  *entries(): Generator<[place: number, count: number]> {
    for (const [page, counts] of this.#counts)
      for (let offset = 0; offset < PAGE_SIZE; offset++)
        if (counts[offset]) yield [page < 0 ? page - offset : page + offset, counts[offset]!];
  }

  #select(linear: number): void {
    this.#page = linear >>> 12;
    const space = currentSpace(this.#cpu.state);
    const content = space === 'user' ? this.#pages.likelyNumber(this.#cpu.mmu.lookUp(linear)) : -1;
    const place = placeKey(space, (linear & -PAGE_SIZE) >>> 0, content);
    let counts = this.#counts.get(place);
    if (!counts) {
      counts = new Float64Array(PAGE_SIZE);
      this.#counts.set(place, counts);
    }
    this.#current = counts;
  }
}
