/**
 * Where generated code finds regions: their functions by index, and the entries that lead to them, in the jump cache
 * of the dispatcher and in the links between regions.
 */
import { jumpSlots } from '../../translator/interpreter/dispatcher.ts';
import { JUMP_ENTRY, LINK } from '../../translator/layout.ts';
import { linkSlot } from '../../translator/links.ts';
import type { CpuState } from '../state.ts';
import type { Entry } from './entry.ts';

export class RegionTable {
  readonly #state: CpuState;
  readonly #functions: WebAssembly.Table;
  readonly #free: number[] = [];
  #next = 1;

  constructor(state: CpuState, functions: WebAssembly.Table) {
    this.#state = state;
    this.#functions = functions;
  }

  /** The index of a function; that of a former one, if given, which it takes the place of. */
  put(region: CallableFunction, former?: number): number {
    const functions = this.#functions;
    const index = former || (this.#free.pop() ?? this.#next++);
    if (index >= functions.length) functions.grow(Math.max(1024, functions.length));
    functions.set(index, region);
    return index;
  }

  /** Puts a region into its slot of the jump cache. */
  link({ host, eip, mode, index }: Entry): void {
    const state = this.#state;
    const [first, second] = jumpSlots(host, mode);
    const holder = state.get(first + JUMP_ENTRY.host);
    const slot = holder === 0 || holder === host ? first : second;
    state.set(slot + JUMP_ENTRY.host, host);
    state.set(slot + JUMP_ENTRY.eip, eip);
    state.set(slot + JUMP_ENTRY.mode, mode);
    state.set(slot + JUMP_ENTRY.function, index);
  }

  /** Nothing leads to the region any more. */
  remove({ host, eip, mode, index }: Entry): void {
    const state = this.#state;
    for (const slot of jumpSlots(host, mode)) {
      if (state.get(slot + JUMP_ENTRY.function) === index) state.set(slot + JUMP_ENTRY.host, 0);
    }
    const link = linkSlot(eip);
    if (state.get(link + LINK.function) === index) state.set(link + LINK.mode, 0);
    this.#functions.set(index, null);
    this.#free.push(index);
  }
}
