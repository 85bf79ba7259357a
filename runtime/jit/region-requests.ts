/** What is asked of the translator, from memory as it is now. */
import { PAGE_SIZE } from '../../translator/layout.ts';
import {
  isWorthEntering,
  type RegionRequest,
  type RequestPage,
  type TranslationOptions,
} from '../../translator/region/request.ts';
import type { Processor } from '../processor.ts';
import type { Batch } from './batch.ts';
import type { CodeMap } from './code-map.ts';
import type { Entry } from './entry.ts';
import { executeEntry, pageOf, physicalIn } from './execute-entries.ts';
import { expectedHeat, expectedIn, heatOf, isExpected, RARELY } from './heat.ts';
import { wideRequest } from './wide.ts';

const memoized = <Key, Value>(compute: (key: Key) => Value): ((key: Key) => Value) => {
  const known = new Map<Key, Value>();
  return (key) => {
    const value = known.has(key) ? known.get(key)! : compute(key);
    known.set(key, value);
    return value;
  };
};

/** Makes requests; `threshold` is that of JitOptions. */
export class RegionRequests {
  readonly #cpu: Processor;
  readonly #code: CodeMap<Entry>;
  readonly #translation: TranslationOptions;
  readonly #threshold: number;

  constructor(cpu: Processor, code: CodeMap<Entry>, translation: TranslationOptions, threshold: number) {
    this.#cpu = cpu;
    this.#code = code;
    this.#translation = translation;
    this.#threshold = threshold;
  }

  /** The entry's page and its neighbours as far as they can be executed now. */
  narrow(eip: number, mode: number): RegionRequest {
    const { state } = this.#cpu;
    const own = eip >>> 12;
    const pages = [own - 1, own, own + 1].flatMap((number) => {
      const entry = number >= 0 && number < 1 << 20 ? executeEntry(state, number) : 0;
      if (!entry) return [];
      return [{ number, entry }];
    });
    return { eip, mode, pages, host: this.#binding(pages) };
  }
  #binding(pages: readonly RequestPage[]): RegionRequest['host'] {
    return this.#cpu.hostFunctions.binding(
      pages.map(({ number, entry }) => ({ number, physical: physicalIn(entry, 0) / PAGE_SIZE })),
    );
  }

  /** Requests with what is known of the pages that they name, and copies of those. */
  batch(wanted: readonly RegionRequest[]): Batch {
    const { u8 } = this.#cpu.state;
    const expected = memoized((entry: number) => this.#expectedIn(entry));
    const requests = wanted.map((request): RegionRequest => {
      const pages = request.pages.map((page) => ({ ...page, expected: expected(page.entry) }));
      const entries = pages.flatMap((page) => this.#entriesIn(page, request.mode));
      return { ...request, pages, entries };
    });
    const entries = [...new Set(requests.flatMap(({ pages }) => pages.map(({ entry }) => entry)))];
    const bytes = new Uint8Array(entries.length * PAGE_SIZE);
    entries.forEach((entry, n) => {
      const at = pageOf(entry);
      bytes.set(u8.subarray(at, at + PAGE_SIZE), n * PAGE_SIZE);
    });
    return { requests, entries, bytes };
  }

  /** EIPs of regions that begin in a page and are worth going on in. */
  #entriesIn({ number, entry }: RequestPage, mode: number): number[] {
    const found: number[] = [];
    for (const { eip, host, mode: made, region } of this.#code.inPage(physicalIn(entry, 0))) {
      if (!region || made !== mode || eip >>> 12 !== number || pageOf(host) !== pageOf(entry)) continue;
      if (isWorthEntering(region)) found.push(eip);
    }
    return found;
  }

  /** Which bytes of a page are jumped to more than rarely, as far as the interpreter's counters tell. */
  #expectedIn(entry: number): Uint8Array | undefined {
    if (this.#threshold < RARELY) return undefined;
    return expectedIn(this.#cpu.state, pageOf(entry), expectedHeat(this.#threshold));
  }
  #isExpected(host: number): boolean {
    return isExpected(heatOf(this.#cpu.state, host), expectedHeat(this.#threshold));
  }

  /** A wide region, and what is known of it. */
  wide(eip: number, mode: number): ReturnType<typeof wideRequest> {
    return wideRequest(this.#cpu, { eip, mode }, this.#translation, {
      binding: (pages) => this.#binding(pages),
      isExpected: (host) => this.#isExpected(host),
    });
  }
}
