/**
 * Collects garbage of this thread earlier than V8 would. What a batch is translated with outlives the young
 * generation, and V8 leaves the old one alone until it is several times as large as what lives in it; each compiled
 * module that has been handed over is held by such garbage as well.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Garbage that may gather, in bytes: a collection takes about 20 ms. */
const MOST = 8 << 20;

const used = (): number => {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
};

export class Thrift {
  readonly #collect: () => void;
  #kept = 0;

  constructor() {
    setFlagsFromString('--expose-gc');
    this.#collect = runInNewContext('gc') as () => void;
    // Code that was cached under other flags is not used.
    setFlagsFromString('--no-expose-gc');
  }

  /** To be called now and then, when little is being worked on. */
  tidy(): void {
    if (used() < this.#kept + MOST) return;
    this.#collect();
    this.#kept = used();
  }
}
