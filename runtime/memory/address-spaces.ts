/**
 * Translations of several address spaces, kept over switches of CR3 for a guest that announces what it changes in its
 * page tables. Which tables a translation was read from is noted as it is made; what is announced of a table then
 * tells which translations to forget: at once those in force, and of the others when they come back. Tables that are
 * given up take everything with them that was read from them, so entries may be cleared unannounced before.
 *
 * Global translations are left to the rules of the processor, which does not forget them in a switch either.
 */
import { ANNOUNCED, CHANGED_ENTRIES, CHANGED_LIMIT, PAGE_SIZE, PAGES, RAM, STATE } from '../../translator/layout.ts';
import { ENTRY } from '../../translator/page-entry.ts';
import type { CpuState } from '../state.ts';
import type { Physical } from './physical.ts';
import { SavedEntries, type Tlb } from './tlb.ts';
import type { Translation } from './walk.ts';

/** Spaces kept at most: as many as a word has bits. */
const MOST_SPACES = 32;
/** Translations of one space that are kept; changes to be made up for when it comes back. */
const MOST_ENTRIES = 4096;
const MOST_STALE = 256;

/** `AddressSpaces.#regions`: no region, or more than one. */
const NO_REGION = 0;
const SEVERAL_REGIONS = -1;

/** CR3 of a space with tables outside RAM, where nothing is noted: it equals no value. */
const NEVER_BACK = Number.NaN;

interface Space {
  cr3: number;
  /** The page-directory pointers, which matter under PAE. */
  readonly pointers: Int32Array;
  /** One bit, its own. */
  readonly bit: number;
  readonly saved: SavedEntries;
  /** Linear addresses whose translation has changed while it was away. */
  stale: number[];
  /** Physical pages of tables that its translations were read from. */
  readonly tables: number[];
  lastUse: number;
}

export class AddressSpaces {
  /** Switches that brought translations back, and the translations. */
  switchesKept = 0;
  restored = 0;
  readonly #state: CpuState;
  readonly #tlb: Tlb;
  readonly #physical: Physical;
  readonly #pae: () => boolean;
  /** See PAGES. */
  readonly #tableUsers: Int32Array;
  readonly #directoryUsers: Int32Array;
  readonly #regions: Int32Array;
  /** The page-directory pointers in force. */
  readonly #pointers: Int32Array;
  #spaces: Space[] = [];
  #current: Space | undefined;
  /** Of spaces that are gone. */
  readonly #spare: SavedEntries[] = [];
  #time = 0;

  constructor(state: CpuState, tlb: Tlb, physical: Physical, pae: () => boolean) {
    this.#state = state;
    this.#tlb = tlb;
    this.#physical = physical;
    this.#pae = pae;
    this.#pointers = state.i32.subarray(STATE.pdpte >> 2, (STATE.pdpte >> 2) + 8);
    const byPage = (at: number) => new Int32Array(state.buffer, at, physical.size / PAGE_SIZE);
    this.#tableUsers = byPage(PAGES.tableUsers);
    this.#directoryUsers = byPage(PAGES.directoryUsers);
    this.#regions = byPage(PAGES.regions);
  }

  /** Translations made before they were needed. */
  get prefilled(): number {
    return this.#state.get(STATE.prefilled) >>> 0;
  }
  /** Announced changes that were looked at together at the end of a lazy mode. */
  get batched(): number {
    return this.#state.get(STATE.batched) >>> 0;
  }

  get active(): boolean {
    return this.#current !== undefined;
  }

  /** From now on the guest announces its changes. The TLB must be empty. */
  start(): void {
    this.#enter(this.#current ?? this.#add(this.#state.get(STATE.cr3)));
  }

  /** It announces nothing any more. */
  stop(): void {
    this.forgetAll();
    this.#drop(this.#current);
    this.#current = undefined;
    this.#state.set(STATE.announced, 0);
    this.#state.set(STATE.lazyMode, 0);
  }

  /** CR3 has been loaded with another value or the same: the same empties the TLB, another one is a switch. */
  switchTo(cr3: number): void {
    this.commit();
    const old = this.#current;
    if (!old || old.cr3 === cr3) {
      this.flush();
      return;
    }
    this.#tlb.save(old.saved, MOST_ENTRIES);
    const kept = this.#spaces.find((space) => space.cr3 === cr3);
    if (kept && this.#hasPointers(kept)) this.#bringBack(kept);
    else {
      this.#drop(kept);
      this.#enter(this.#add(cr3));
    }
    this.#current!.lastUse = ++this.#time;
  }

  #enter(space: Space): void {
    this.#current = space;
    this.#state.set(STATE.announced, space.bit);
  }

  #bringBack(space: Space): void {
    this.#enter(space);
    this.#tlb.restore(space.saved);
    this.switchesKept++;
    this.restored += space.saved.length;
    for (const linear of space.stale) this.#tlb.invalidatePage(linear);
    space.stale = [];
  }

  /** Empties the TLB of what is not global. Where that came from stays noted: most of it comes back. */
  flush(): void {
    this.commit();
    this.#tlb.flush();
  }

  /** Forgets every space but the one in force, of which the caller empties the TLB. */
  forgetAll(): void {
    const current = this.#current;
    this.#state.set(STATE.queued, 0);
    for (const space of [...this.#spaces]) if (space !== current) this.#drop(space);
    if (!current) return;
    this.#unmark(current);
    current.cr3 = this.#state.get(STATE.cr3);
    current.pointers.set(this.#pointers);
  }

  /** A walk has found a translation that is about to be entered. */
  note({ directoryAt, tableAt, global }: Translation, linear: number): void {
    const space = this.#current;
    if (!space || global) return;
    this.#use(space, this.#directoryUsers, this.#pageOf(directoryAt));
    if (tableAt < 0) return;
    const table = this.#pageOf(tableAt);
    this.#use(space, this.#tableUsers, table);
    const region = this.#regionOf(linear) + 1;
    const known = this.#regions[table];
    if (known !== region) this.#regions[table] = known === NO_REGION ? region : SEVERAL_REGIONS;
  }

  /**
   * An entry has been changed, at a physical address; `old` is its low word before, where that is known. In lazy mode
   * that is looked at later. Generated code knows the cases in which there is nothing to do, and must agree with this
   * (translator/interpreter/announcements.ts).
   */
  entryChanged(address: number, old = ENTRY.present): void {
    if (!this.#current || !(old & ENTRY.present) || !this.#usersOf(this.#pageOf(address))) return;
    if (this.#state.get(STATE.lazyMode) !== ANNOUNCED.lazyMmu) {
      this.#forgetEntry(address);
      return;
    }
    if (this.#state.get(STATE.queued) === CHANGED_LIMIT) this.commit();
    const count = this.#state.get(STATE.queued);
    this.#state.set(CHANGED_ENTRIES + count * 4, RAM + address);
    this.#state.set(STATE.queued, count + 1);
  }

  #forgetEntry(address: number): void {
    const page = this.#pageOf(address);
    const users = this.#tableUsers[page];
    if (users) {
      const region = this.#regions[page]!;
      if (region === SEVERAL_REGIONS) this.#forget(users);
      else this.#pageChanged(users, this.#linearOf(region - 1, address));
    }
    const directory = this.#directoryUsers[page];
    if (directory) this.#forget(directory);
  }

  /** A page becomes a page table, or is one no more: whatever came from it as it was is void. */
  tableReplaced(page: number): void {
    if (!this.#current || page < 0 || page >= this.#tableUsers.length) return;
    this.commit();
    const users = this.#usersOf(page);
    if (users) this.#forget(users);
  }

  /** Looks at the entries that have changed in lazy mode. */
  commit(): void {
    const { i32 } = this.#state;
    const count = this.#state.get(STATE.queued);
    if (count === 0) return;
    this.#state.set(STATE.queued, 0);
    this.#state.set(STATE.batched, this.batched + count);
    for (let n = 0; n < count; n++) this.#forgetEntry(i32[(CHANGED_ENTRIES >> 2) + n]! - RAM);
  }

  // ---- the tables of a space --------------------------------------------------------------------------------

  #regionOf(linear: number): number {
    return linear >>> (this.#pae() ? 21 : 22);
  }
  /** The linear address that the entry at a physical address maps, in a table of this region. */
  #linearOf(region: number, address: number): number {
    const offset = address % PAGE_SIZE;
    return this.#pae() ? (region << 21) | ((offset >> 3) << 12) : (region << 22) | ((offset >> 2) << 12);
  }
  /** Bits of the spaces that use a page as a table of either kind. */
  #usersOf(page: number): number {
    return this.#tableUsers[page]! | this.#directoryUsers[page]!;
  }
  #pageOf(address: number): number {
    return this.#physical.busPage(Math.floor(address / PAGE_SIZE));
  }

  #use(space: Space, users: Int32Array, page: number): void {
    if (page >= users.length) {
      space.cr3 = NEVER_BACK;
      return;
    }
    if (users[page]! & space.bit) return;
    users[page]! |= space.bit;
    space.tables.push(page);
  }

  #unmark(space: Space): void {
    for (const page of space.tables) {
      this.#tableUsers[page]! &= ~space.bit;
      this.#directoryUsers[page]! &= ~space.bit;
      if (!this.#tableUsers[page]) this.#regions[page] = NO_REGION;
    }
    space.tables.length = 0;
  }

  // ---- spaces -----------------------------------------------------------------------------------------------

  #add(cr3: number): Space {
    if (this.#spaces.length === MOST_SPACES) {
      const others = this.#spaces.filter((space) => space !== this.#current);
      this.#drop(others.reduce((oldest, space) => (space.lastUse < oldest.lastUse ? space : oldest)));
    }
    const used = this.#spaces.reduce((bits, { bit }) => bits | bit, 0);
    const space: Space = {
      cr3,
      pointers: new Int32Array(8),
      bit: ~used & -~used,
      saved: this.#spare.pop() ?? new SavedEntries(),
      stale: [],
      tables: [],
      lastUse: 0,
    };
    space.pointers.set(this.#pointers);
    this.#spaces.push(space);
    return space;
  }

  #drop(space: Space | undefined): void {
    if (!space) return;
    this.#unmark(space);
    this.#spaces = this.#spaces.filter((one) => one !== space);
    space.saved.clear(0);
    this.#spare.push(space.saved);
  }

  #hasPointers({ pointers }: Space): boolean {
    if (!this.#pae()) return true;
    const now = this.#pointers;
    for (let n = 0; n < pointers.length; n++) if (now[n] !== pointers[n]) return false;
    return true;
  }

  #pageChanged(users: number, linear: number): void {
    this.#tlb.invalidatePage(linear);
    if (users === this.#current!.bit) return;
    for (const space of this.#spaces) {
      if (space === this.#current || !(users & space.bit)) continue;
      if (space.stale.length === MOST_STALE) this.#drop(space);
      else space.stale.push(linear);
    }
  }

  /** Everything these spaces have. */
  #forget(users: number): void {
    for (const space of [...this.#spaces]) {
      if (!(users & space.bit)) continue;
      if (space !== this.#current) this.#drop(space);
      else {
        this.flush();
        this.#unmark(space);
      }
    }
  }
}
