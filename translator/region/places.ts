/**
 * Hooks that see a region being built and may put code of their own into it: marks for listings, counters for exact
 * profiles. Without one nothing is added.
 */
import type { Code } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { eipOf, type Key } from './graph.ts';

/**
 * Why control leaves a region: for an address outside; for lack of fuel; so that the interpreter does one instruction;
 * after a bound call of the host; or because what should have been one led elsewhere.
 */
export type Leaving = 'next' | 'fuel' | 'slow' | 'host' | 'elsewhere';

/** A place in a region: control has entered it, begins a block, begins an instruction, is about to leave, or has left. */
export type Place = 'enter' | 'block' | 'instruction' | Leaving | 'left';

/** Called where the place is being built, with the block or instruction. */
export type PlaceHook = (c: Code, place: Place, key: Key) => void;

/** One counter of a region, and what it counts. */
export interface Counter {
  /** Export of the module: an i64 global. */
  readonly name: string;
  readonly place: Exclude<Place, 'left' | 'instruction'>;
  readonly key: Key;
}

/** Marks instructions for the listing, by a constant that is dropped; what follows the last one is marked END_MARK. */
export const markPlaces: PlaceHook = (c, place, key) => {
  if (place === 'instruction') c.mark(eipOf(key));
  else if (place === 'left') c.mark(END_MARK);
};
/** No instruction is translated there: the last byte of the address space. */
export const END_MARK = -1;

/** Counts executions of blocks, and ways in and out; the counters made are added to `counters`. */
export const countPlaces =
  (builder: ModuleBuilder, region: string, counters: Counter[]): PlaceHook =>
  (c, place, key) => {
    if (place === 'instruction' || place === 'left') return;
    let counter = counters.find((made) => made.place === place && made.key === key);
    if (!counter) {
      counter = { name: `${region}.${counters.length}`, place, key };
      builder.exportCounter(counter.name);
      counters.push(counter);
    }
    c.increment(counter.name);
  };
