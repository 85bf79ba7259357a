/**
 * Pages of guest code by content. The same page of a program may lie at any address in any process, and physical
 * pages are used again; what it holds says which file it is from.
 */
import { PAGE_SIZE } from '../../translator/layout.ts';
import { hashPage } from '../symbols/page-hash.ts';

/** Words looked at to see whether a physical page still holds what it held. */
const PROBES = 16;
const PROBE_STEP = PAGE_SIZE / 4 / PROBES;

export class PageStore {
  /** Contents by number. */
  readonly pages: Uint8Array[] = [];
  readonly #ram: Uint8Array;
  readonly #words: Int32Array;
  readonly #byHash = new Map<number, number>();
  /** By physical page: number and probes when last seen. */
  readonly #lately = new Map<number, { readonly id: number; readonly probes: Int32Array }>();

  /** @param ram guest RAM from physical address 0 */
  constructor(ram: Uint8Array) {
    this.#ram = ram;
    this.#words = new Int32Array(ram.buffer, ram.byteOffset, ram.length >> 2);
  }

  /** The number of what a physical page holds now; -1 beyond RAM. */
  number(page: number): number {
    const at = page * PAGE_SIZE;
    if (page < 0 || at + PAGE_SIZE > this.#ram.length) return -1;
    const words = this.#words.subarray(at >> 2, (at + PAGE_SIZE) >> 2);
    const hash = hashPage(words);
    let id = this.#byHash.get(hash);
    if (id === undefined) {
      id = this.pages.length;
      this.pages.push(this.#ram.slice(at, at + PAGE_SIZE));
      this.#byHash.set(hash, id);
    }
    this.#lately.set(page, { id, probes: Int32Array.from({ length: PROBES }, (_, n) => words[n * PROBE_STEP]!) });
    return id;
  }

  /** The same, faster: a change between the words that are probed is not seen. */
  likelyNumber(page: number): number {
    const lately = this.#lately.get(page);
    const first = (page * PAGE_SIZE) >> 2;
    const same = lately?.probes.every((probe, n) => this.#words[first + n * PROBE_STEP] === probe);
    return lately && same ? lately.id : this.number(page);
  }
}
