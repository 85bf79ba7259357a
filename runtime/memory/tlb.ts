/**
 * The TLB tables that generated code reads (translator/layout.ts): fills entries, remembers which, and empties
 * just those. All six tables lie behind each other, so that the index of a word names table and page at once.
 */
import {
  FILLED,
  FILLED_LIMIT,
  FILLED_WORDS,
  LARGE_REGIONS,
  PAGE_SIZE,
  PAGES,
  RAM,
  TLB_TABLE_SIZE,
  TLB_TABLES,
  tlbMiss,
} from '../../translator/layout.ts';
import type { Observers } from '../observers.ts';
import type { CpuState } from '../state.ts';
import { PAGE_KIND, type Physical } from './physical.ts';
import type { Translation } from './walk.ts';

const TABLE_WORDS = TLB_TABLE_SIZE >> 2;
const FIRST_WORD = TLB_TABLES.supervisor.read >> 2;
/** Pages in 4 MB, the unit in which large pages are remembered; a 2 MB page costs its neighbour's entries. */
const REGION_PAGES = 1024;

/** A growing record of filled words that gives up (and reports so) at its limit. */
class FillList {
  readonly words: Int32Array;
  readonly #length: Int32Array;

  /** At a host offset, where generated code finds it too. */
  constructor({ buffer }: CpuState, at: number) {
    this.#length = new Int32Array(buffer, at, 1);
    this.words = new Int32Array(buffer, at + FILLED_WORDS, FILLED_LIMIT);
  }
  get length(): number {
    return this.#length[0]!;
  }
  set length(value: number) {
    this.#length[0] = value;
  }
  get full(): boolean {
    return this.length === FILLED_LIMIT;
  }
  push(word: number): void {
    this.words[this.length++] = word;
  }
}

/** Translations of an address space that is not in force: words of the tables, and what was in them. */
export class SavedEntries {
  words = new Int32Array(0);
  values = new Int32Array(0);
  length = 0;
  /** 4 MB regions in which some came from large pages. */
  readonly large = new Set<number>();

  clear(capacity: number): void {
    this.length = 0;
    // Emptying a set allocates one anew.
    if (this.large.size) this.large.clear();
    if (this.words.length >= capacity) return;
    this.words = new Int32Array(capacity * 2);
    this.values = new Int32Array(capacity * 2);
  }
  push(word: number, value: number): void {
    this.words[this.length] = word;
    this.values[this.length++] = value;
  }
}

interface Tables {
  readonly read: number;
  readonly write: number;
  readonly exec: number;
}

/** Word of the entry for linear page number `page` in the table at host offset `table`. */
const entryWord = (table: number, page: number): number => (table >> 2) + page;
const pageOfWord = (word: number): number => (word - FIRST_WORD) % TABLE_WORDS;

/** What a word is for: the tables of each privilege lie in the order read, write, execute. */
const purposeOfWord = (word: number): number => (((word - FIRST_WORD) / TABLE_WORDS) | 0) % 3;
const WRITE = 1;
const EXEC = 2;

/** What is in a word without translation. */
const missOfWord = (word: number): number => (purposeOfWord(word) === EXEC ? 0 : tlbMiss(pageOfWord(word)));

/** `Tlb.#writers`: which write entries map a physical page. */
const NO_WRITER = 0;
const SEVERAL_WRITERS = -1;

export class Tlb {
  /** Pages entered because an access missed them, and flushes of either kind, since the start. */
  misses = 0;
  flushes = 0;
  readonly #words: Int32Array;
  readonly #physical: Physical;
  readonly #observers: Observers;
  readonly #local: FillList;
  readonly #global: FillList;
  /** See LARGE_REGIONS and PAGES. */
  readonly #large: Uint8Array;
  readonly #writers: Int32Array;

  constructor(state: CpuState, physical: Physical, observers: Observers) {
    this.#words = state.i32;
    this.#physical = physical;
    this.#observers = observers;
    this.#local = new FillList(state, FILLED.local);
    this.#global = new FillList(state, FILLED.global);
    this.#large = new Uint8Array(state.buffer, LARGE_REGIONS, 2 ** 20 / REGION_PAGES);
    this.#writers = new Int32Array(state.buffer, PAGES.writers, physical.size / PAGE_SIZE);
    for (const { read, write, exec } of Object.values(TLB_TABLES)) {
      for (let page = 0; page < TABLE_WORDS; page++) {
        this.#words[entryWord(read, page)] = tlbMiss(page);
        this.#words[entryWord(write, page)] = tlbMiss(page);
      }
      this.#words.fill(0, entryWord(exec, 0), entryWord(exec, TABLE_WORDS));
    }
  }

  /**
   * Enters a translation of the page at linear address `linear`, for accesses with user or supervisor rights; the
   * execute entry only for a fetch. What must stay on the slow path gets no entry: pages of devices, and writes to
   * ROM, to clean pages and to pages with translated code, and what somebody observes. Whether there is an entry now.
   */
  fill(linear: number, found: Translation, user: boolean, fetch: boolean): boolean {
    const page = this.#physical.busPage(found.page);
    const kind = this.#physical.kind(page);
    if (kind === PAGE_KIND.device) return false;
    if (fetch ? this.#observers.watchesCode(linear) : this.#observers.watchesData(linear)) return false;
    const linearPage = linear >>> 12;
    const tables: Tables = user ? TLB_TABLES.user : TLB_TABLES.supervisor;
    const list = found.global ? this.#global : this.#local;
    if (found.large) this.#large[linearPage >>> 10] = 1;

    const host = RAM + page * PAGE_SIZE;
    if (fetch) {
      this.#enter(list, entryWord(tables.exec, linearPage), host | 1);
      return true;
    }
    const entry = (host - (linearPage << 12)) | 0;
    this.#enter(list, entryWord(tables.read, linearPage), entry);
    const writable = user ? found.userWritable : found.supervisorWritable;
    if (writable && found.dirty && kind === PAGE_KIND.ram && !this.#physical.holdsCode(page)) {
      const word = entryWord(tables.write, linearPage);
      this.#enter(list, word, entry);
      this.#addWriter(page, word);
    }
    return true;
  }

  /** Forgets all but global translations. */
  flush(): void {
    this.flushes++;
    this.#empty(this.#local);
  }

  flushAll(): void {
    this.flushes++;
    this.#empty(this.#local);
    this.#empty(this.#global);
    this.#large.fill(0);
  }

  /** As flush, but what is forgotten can be restored from `out`; the first `limit` entries can. */
  save(out: SavedEntries, limit: number): void {
    const words = this.#words;
    const { words: filled, length } = this.#local;
    out.clear(Math.min(length, limit));
    for (let i = 0; i < length; i++) {
      const word = filled[i]!;
      const miss = missOfWord(word);
      const value = words[word]!;
      if (value === miss) continue;
      words[word] = miss;
      if (out.length === limit) continue;
      out.push(word, value);
      const region = pageOfWord(word) >>> 10;
      if (this.#large[region]) out.large.add(region);
    }
    this.#local.length = 0;
  }

  /** Puts back what save() took away; where code has been translated meanwhile, stores still take the slow path. */
  restore(saved: SavedEntries): void {
    const { words, values, length } = saved;
    for (let i = 0; i < length; i++) {
      const word = words[i]!;
      const value = values[i]!;
      if (purposeOfWord(word) === WRITE) {
        const page = (((value + (pageOfWord(word) << 12)) | 0) - RAM) >>> 12;
        if (this.#physical.holdsCode(page)) continue;
        this.#addWriter(page, word);
      }
      this.#enter(this.#local, word, value);
    }
    for (const region of saved.large) this.#large[region] = 1;
  }

  /** Forgets the page, large or small, that contains the linear address, global or not. */
  invalidatePage(linear: number): void {
    const page = linear >>> 12;
    const region = page >>> 10;
    if (this.#large[region]) {
      this.#large[region] = 0;
      this.#reset(region * REGION_PAGES, REGION_PAGES);
    } else {
      this.#reset(page, 1);
    }
  }

  /** A physical page now holds translated code: stores to it must take the slow path. */
  protectPage(physicalPage: number): void {
    const writer = this.#writers[physicalPage] ?? NO_WRITER;
    if (writer === NO_WRITER) return;
    this.#writers[physicalPage] = NO_WRITER;
    const host = RAM + physicalPage * PAGE_SIZE;
    if (writer !== SEVERAL_WRITERS) {
      this.#dropIfMaps(writer, host);
      return;
    }
    for (const { words, length } of [this.#local, this.#global]) {
      for (let i = 0; i < length; i++) {
        const word = words[i]!;
        if (purposeOfWord(word) === WRITE) this.#dropIfMaps(word, host);
      }
    }
  }

  #enter(list: FillList, word: number, entry: number): void {
    if (this.#words[word] === entry) return;
    if (list.full) this.#empty(list);
    this.#words[word] = entry;
    list.push(word);
  }

  #addWriter(physicalPage: number, word: number): void {
    const known = this.#writers[physicalPage]!;
    const alone = known === NO_WRITER || known === word;
    const stale = known > 0 && !this.#maps(known, RAM + physicalPage * PAGE_SIZE);
    this.#writers[physicalPage] = alone || stale ? word : SEVERAL_WRITERS;
  }

  /** Whether a read or write entry leads to the host page. */
  #maps(word: number, host: number): boolean {
    return ((this.#words[word]! + (pageOfWord(word) << 12)) | 0) === host;
  }

  #dropIfMaps(word: number, host: number): void {
    if (this.#maps(word, host)) this.#words[word] = tlbMiss(pageOfWord(word));
  }

  #empty(list: FillList): void {
    for (let i = 0; i < list.length; i++) {
      const word = list.words[i]!;
      this.#words[word] = missOfWord(word);
    }
    list.length = 0;
  }

  #reset(first: number, count: number): void {
    for (const { read, write, exec } of [TLB_TABLES.supervisor, TLB_TABLES.user]) {
      for (let page = first; page < first + count; page++) {
        this.#words[entryWord(read, page)] = tlbMiss(page);
        this.#words[entryWord(write, page)] = tlbMiss(page);
        this.#words[entryWord(exec, page)] = 0;
      }
    }
  }
}
