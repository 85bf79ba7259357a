/**
 * Address translation put together: control registers select how page tables are walked, walks fill the TLB
 * tables, and changes of the registers empty them.
 */

import { CR0, CR4, EFER_NXE } from '../../translator/control-bits.ts';
import { PAGE_SIZE, RAM, STATE, TLB_TABLES } from '../../translator/layout.ts';
import type { LinearMemory, Mmu } from '../cpu.ts';
import { Observers } from '../observers.ts';
import { type CpuState, GuestFault, VECTOR } from '../state.ts';
import { AddressSpaces } from './address-spaces.ts';
import { currentRights, Linear } from './linear.ts';
import { PAGE_KIND, type Physical } from './physical.ts';
import { Tlb } from './tlb.ts';
import { NO_FAULT, newTranslation, type Paging, PF, type Translation, walk } from './walk.ts';

export class PagingUnit implements Mmu {
  readonly linear: LinearMemory;
  readonly tlb: Tlb;
  readonly physical: Physical;
  readonly observers: Observers;
  /** Translations kept over switches of CR3. */
  readonly spaces: AddressSpaces;
  readonly #state: CpuState;
  readonly #pdpte: Uint32Array;
  readonly #found = newTranslation();
  readonly #identity = newTranslation();
  /** Undefined while CR0.PG is clear. */
  #paging: Paging | undefined;

  constructor(state: CpuState, physical: Physical, observers = new Observers()) {
    this.#state = state;
    this.#pdpte = new Uint32Array(state.buffer, STATE.pdpte, 8);
    this.physical = physical;
    this.observers = observers;
    this.tlb = new Tlb(state, physical, observers);
    this.spaces = new AddressSpaces(state, this.tlb, physical, () => this.#paging?.pae ?? false);
    const translate = (linear: number, access: number) => this.translate(linear, access);
    this.linear = new Linear(state, physical, translate, observers);
    this.modeChanged();
    this.privilegeChanged();
  }

  flush(): void {
    this.spaces.forgetAll();
    this.tlb.flush();
  }

  flushAll(): void {
    this.spaces.forgetAll();
    this.tlb.flushAll();
  }

  invalidatePage(linear: number): void {
    this.tlb.invalidatePage(linear);
  }

  modeChanged(): void {
    const state = this.#state;
    const cr4 = state.get(STATE.cr4);
    this.#paging =
      state.get(STATE.cr0) & CR0.PG
        ? {
            pae: (cr4 & CR4.PAE) !== 0,
            largePages: (cr4 & CR4.PSE) !== 0,
            writeProtect: (state.get(STATE.cr0) & CR0.WP) !== 0,
            globalPages: (cr4 & CR4.PGE) !== 0,
            executeDisable: (state.get(STATE.efer) & EFER_NXE) !== 0,
            get cr3() {
              return state.get(STATE.cr3);
            },
            pdpte: this.#pdpte,
          }
        : undefined;
    this.flushAll();
  }

  privilegeChanged(): void {
    const tables = currentRights(this.#state) ? TLB_TABLES.user : TLB_TABLES.supervisor;
    this.#state.set(STATE.tlbRead, tables.read);
    this.#state.set(STATE.tlbWrite, tables.write);
    this.#state.set(STATE.tlbExec, tables.exec);
  }

  /** A20M#: passes or masks physical address bit 20. */
  setAddress20(enabled: boolean): void {
    this.physical.setAddress20(enabled);
    // Generated code fills entries from what is announced, and knows of no mask.
    if (!enabled) this.spaces.stop();
    this.flushAll();
  }

  /**
   * Translates for an access (bits of PF) and fills the TLB. Returns the physical page number, A20M# applied; or
   * ~error code of a page fault, with CR2 set.
   */
  translate(linear: number, access: number): number {
    const found = this.#paging ? this.#found : this.#identity;
    if (this.#paging) {
      const code = walk(this.#paging, this.physical, linear, access, found);
      if (code !== NO_FAULT) {
        this.#state.set(STATE.cr2, linear);
        return ~code;
      }
    } else {
      found.page = linear >>> 12;
    }
    this.#enter(linear, found, access);
    return this.physical.busPage(found.page);
  }

  #enter(linear: number, found: Translation, access: number): void {
    if (!this.tlb.fill(linear, found, (access & PF.user) !== 0, (access & PF.fetch) !== 0)) return;
    this.tlb.misses++;
    if (this.#paging) this.spaces.note(found, linear);
  }

  /**
   * Enters the translation of a page that a program is about to use, if the entry at this physical address makes one
   * that it may use. The accessed bit is set, as a processor that looks ahead may do; the dirty bit never is.
   */
  prefill(linear: number, entryAt: number): void {
    const found = this.#found;
    if (!this.#paging || walk(this.#paging, this.physical, linear, PF.user, found) !== NO_FAULT) return;
    if (found.tableAt !== entryAt || !this.tlb.fill(linear, found, true, false)) return;
    if (found.executable && !found.userWritable) this.tlb.fill(linear, found, true, true);
    this.spaces.note(found, linear);
    this.#state.set(STATE.prefilled, this.#state.get(STATE.prefilled) + 1);
  }

  /** Physical address behind a linear one, as lookUp; -1 for none. */
  physicalAddress(linear: number): number {
    const entry = this.#state.get(this.#state.get(STATE.tlbRead) + (linear >>> 12) * 4);
    const host = (entry + linear) | 0;
    if (host >= 0) return host - RAM;
    const page = this.lookUp(linear);
    return page < 0 ? -1 : page * PAGE_SIZE + (linear & (PAGE_SIZE - 1));
  }

  /**
   * The physical page number behind a linear address, as a supervisor's read finds it, or -1. For onlookers: nothing
   * of the guest changes, neither the bits in its tables nor CR2 nor the TLB.
   */
  lookUp(linear: number): number {
    if (!this.#paging) return this.physical.busPage(linear >>> 12);
    const tables = { read32: (address: number) => this.physical.read32(address), write32: () => {} };
    const found = newTranslation();
    return walk(this.#paging, tables, linear, 0, found) === NO_FAULT ? this.physical.busPage(found.page) : -1;
  }

  /** Host address of a linear address in a physical page, or -1 where that is not memory. */
  hostAddress(page: number, linear: number): number {
    if (this.physical.kind(page) === PAGE_KIND.device) return -1;
    return RAM + page * PAGE_SIZE + (linear & (PAGE_SIZE - 1));
  }

  fetch(linear: number): number {
    const entry = this.#state.i32[(this.#state.get(STATE.tlbExec) >> 2) + (linear >>> 12)]!;
    if (entry !== 0) return entry - 1 + (linear & (PAGE_SIZE - 1));
    const page = this.translate(linear, PF.fetch | currentRights(this.#state));
    if (page < 0) throw new GuestFault(VECTOR.PF, ~page);
    const host = this.hostAddress(page, linear);
    // A bus without memory reads as all ones: FF FF is no instruction.
    if (host < 0) throw new GuestFault(VECTOR.UD);
    return host;
  }
}
