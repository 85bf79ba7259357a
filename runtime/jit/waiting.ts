/** What waits to be translated until there is enough for a batch, as each module has costs of its own. */
import type { RegionRequest } from '../../translator/region/request.ts';
import type { Entry } from './entry.ts';

/** Regions in one module: at most, and how many make it worth sending at once; fewer wait for company, so many ms. */
const BATCH = 64;
const BATCH_AT_ONCE = 16;
const BATCH_WAIT = 10;

export interface Wanted {
  readonly entry: Entry;
  readonly request: RegionRequest;
}

export class Waiting {
  readonly #most: number;
  readonly #wanted = new Map<string, Wanted>();
  #since: number | undefined;

  /** `most`: regions in a batch, if that is less than are worth it. */
  constructor(most: number) {
    this.#most = Math.min(BATCH, most);
  }

  get size(): number {
    return this.#wanted.size;
  }
  /** By keyOf of entry.ts. */
  get(key: string): Wanted | undefined {
    return this.#wanted.get(key);
  }
  has(key: string): boolean {
    return this.#wanted.has(key);
  }
  add(key: string, wanted: Wanted): void {
    this.#wanted.set(key, wanted);
  }
  delete(key: string): void {
    this.#wanted.delete(key);
  }

  /** Takes a batch, the first that came; none while company may come and `mayWait`. */
  take(mayWait: boolean): Wanted[] {
    if (mayWait && this.#wanted.size < BATCH_AT_ONCE) {
      this.#since ??= performance.now();
      if (performance.now() - this.#since < BATCH_WAIT) return [];
    }
    this.#since = undefined;
    const batch = [...this.#wanted].slice(0, this.#most);
    for (const [key] of batch) this.#wanted.delete(key);
    return batch.map(([, wanted]) => wanted).filter(({ entry }) => entry.valid);
  }
}
