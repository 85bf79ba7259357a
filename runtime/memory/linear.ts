/**
 * Guest memory by linear address: through the TLB tables where they have an entry, by a page-table walk otherwise.
 * An access that crosses a page is translated on both sides before its first byte moves.
 */
import { PAGE_SIZE, STATE, TLB_TABLES } from '../../translator/layout.ts';
import type { AccessSize } from '../board.ts';
import type { LinearMemory } from '../cpu.ts';
import type { Observers } from '../observers.ts';
import { type CpuState, GuestFault, VECTOR } from '../state.ts';
import type { Physical } from './physical.ts';
import { PF } from './walk.ts';

/** Translates for an access (bits of PF): the physical page number, or ~error code after CR2 has been set. */
export type Translate = (linear: number, access: number) => number;

const OFFSET = PAGE_SIZE - 1;
const nextPage = (linear: number): number => ((linear | OFFSET) + 1) | 0;

/** The bit of PF that stands for the rights of the current privilege level. */
export const currentRights = (state: CpuState): number => (state.get(STATE.cpl) === 3 ? PF.user : 0);

export class Linear implements LinearMemory {
  readonly system: LinearMemory;
  readonly #state: CpuState;
  readonly #data: DataView;
  readonly #physical: Physical;
  readonly #translate: Translate;
  readonly #observers: Observers;
  readonly #privileged: boolean;

  /** With `privileged`, accesses have supervisor rights whatever CPL is. */
  constructor(state: CpuState, physical: Physical, translate: Translate, observers: Observers, privileged = false) {
    this.#state = state;
    this.#data = new DataView(state.buffer);
    this.#physical = physical;
    this.#translate = translate;
    this.#observers = observers;
    this.#privileged = privileged;
    this.system = privileged ? this : new Linear(state, physical, translate, observers, true);
  }

  read8(linear: number): number {
    const host = this.#readHost(linear);
    return host >= 0 ? this.#state.u8[host]! : this.#slowRead(linear, 1);
  }

  read16(linear: number): number {
    const host = this.#readHost(linear);
    const inside = (linear & OFFSET) <= PAGE_SIZE - 2;
    return host >= 0 && inside ? this.#data.getUint16(host, true) : this.#slowRead(linear, 2);
  }

  read32(linear: number): number {
    const host = this.#readHost(linear);
    const inside = (linear & OFFSET) <= PAGE_SIZE - 4;
    return host >= 0 && inside ? this.#data.getInt32(host, true) : this.#slowRead(linear, 4);
  }

  write8(linear: number, value: number): void {
    const host = this.#writeHost(linear);
    if (host >= 0) this.#state.u8[host] = value;
    else this.#slowWrite(linear, 1, value);
  }

  write16(linear: number, value: number): void {
    const host = this.#writeHost(linear);
    if (host >= 0 && (linear & OFFSET) <= PAGE_SIZE - 2) this.#data.setUint16(host, value, true);
    else this.#slowWrite(linear, 2, value);
  }

  write32(linear: number, value: number): void {
    const host = this.#writeHost(linear);
    if (host >= 0 && (linear & OFFSET) <= PAGE_SIZE - 4) this.#data.setInt32(host, value, true);
    else this.#slowWrite(linear, 4, value);
  }

  probeRead(linear: number, bytes: number): void {
    for (let left = bytes; left > 0; ) {
      if (this.#readHost(linear) < 0) this.#page(linear, 0);
      left -= PAGE_SIZE - (linear & OFFSET);
      linear = nextPage(linear);
    }
  }

  probeWrite(linear: number, bytes: number): void {
    for (let left = bytes; left > 0; ) {
      if (this.#writeHost(linear) < 0) this.#page(linear, PF.write);
      left -= PAGE_SIZE - (linear & OFFSET);
      linear = nextPage(linear);
    }
  }

  /** Host address by the table in force, or a negative number where it has no entry. */
  #readHost(linear: number): number {
    const { i32 } = this.#state;
    const table = this.#privileged ? TLB_TABLES.supervisor.read : i32[STATE.tlbRead >> 2]!;
    return (i32[(table >> 2) + (linear >>> 12)]! + linear) | 0;
  }

  #writeHost(linear: number): number {
    const { i32 } = this.#state;
    const table = this.#privileged ? TLB_TABLES.supervisor.write : i32[STATE.tlbWrite >> 2]!;
    return (i32[(table >> 2) + (linear >>> 12)]! + linear) | 0;
  }

  /** Physical page of the linear address. Throws #PF. */
  #page(linear: number, access: number): number {
    const page = this.#translate(linear, access | (this.#privileged ? 0 : currentRights(this.#state)));
    if (page < 0) throw new GuestFault(VECTOR.PF, ~page);
    return page;
  }

  #slowRead(linear: number, size: AccessSize): number {
    const offset = linear & OFFSET;
    const inFirst = PAGE_SIZE - offset;
    const first = this.#page(linear, 0);
    if (size <= inFirst) {
      this.#announce(linear, size, false);
      return this.#physical.load(first, offset, size);
    }
    const second = this.#page(nextPage(linear), 0);
    this.#announce(linear, inFirst, false);
    this.#announce(nextPage(linear), size - inFirst, false);
    let value = 0;
    for (let i = 0; i < size; i++) {
      const byte =
        i < inFirst ? this.#physical.load(first, offset + i, 1) : this.#physical.load(second, i - inFirst, 1);
      value |= byte << (i * 8);
    }
    return value;
  }

  #slowWrite(linear: number, size: AccessSize, value: number): void {
    const offset = linear & OFFSET;
    const inFirst = PAGE_SIZE - offset;
    const first = this.#page(linear, PF.write);
    if (size <= inFirst) {
      this.#announce(linear, size, true);
      this.#physical.store(first, offset, size, value);
      return;
    }
    const second = this.#page(nextPage(linear), PF.write);
    this.#announce(linear, inFirst, true);
    this.#announce(nextPage(linear), size - inFirst, true);
    for (let i = 0; i < size; i++) {
      const byte = (value >>> (i * 8)) & 0xff;
      if (i < inFirst) this.#physical.store(first, offset + i, 1, byte);
      else this.#physical.store(second, i - inFirst, 1, byte);
    }
  }

  /** Tells observers of an access within one page that is sure to be made. */
  #announce(linear: number, bytes: number, write: boolean): void {
    if (this.#observers.watchesData(linear)) this.#observers.accessed(linear, bytes, write);
  }
}
