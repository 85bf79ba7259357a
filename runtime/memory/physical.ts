/**
 * Physical memory as the CPU and its devices see it: RAM, ROM (which lies in the same bytes, but whose writes go to
 * the board), and everything else, which is the board's.
 */
import { PAGE_SIZE, PAGES, RAM } from '../../translator/layout.ts';
import type { AccessSize, Board, PhysicalMemory } from '../board.ts';
import type { CpuState } from '../state.ts';

/** What a physical page is. Pages behind the end of RAM are devices. */
export const PAGE_KIND = { ram: 0, rom: 1, device: 2 } as const;

/** A range of physical addresses below the end of RAM that is not RAM; start and length are multiples of 4096. */
export interface MemoryHole {
  readonly start: number;
  readonly length: number;
  readonly kind: 'rom' | 'device';
}

/** What physical memory must know about translated code. */
export interface CodeWatch {
  /** By physical page number: non-zero where translated code lies. One byte for each page of RAM. */
  readonly codePages: Uint8Array;
  /** Bytes of a page that holds translated code have changed; never crosses a page. */
  onCodeWrite(physical: number, bytes: number): void;
  /** Whether any translated code was made from these bytes; never crosses a page. */
  codeOverlaps(physical: number, bytes: number): boolean;
}

const ADDRESS_20 = 1 << 20;
/** The same bit in a page number. */
const PAGE_ADDRESS_20 = ADDRESS_20 / PAGE_SIZE;
const FOUR_GIB = 2 ** 32;
const ALL_ONES = { 1: 0xff, 2: 0xffff, 4: -1 } as const;

export class Physical implements PhysicalMemory {
  readonly size: number;
  readonly #ram: Uint8Array;
  readonly #data: DataView;
  readonly #kinds: Uint8Array;
  readonly #board: Board;
  readonly #code: CodeWatch;
  /** A20M#: bits of a page number that survive. */
  #pageMask = -1;

  constructor(state: CpuState, board: Board, code: CodeWatch, holes: readonly MemoryHole[] = []) {
    if (state.ramSize % PAGE_SIZE !== 0) throw new RangeError(`RAM of ${state.ramSize} bytes is not whole pages`);
    this.size = state.ramSize;
    this.#ram = state.ram;
    this.#data = new DataView(state.buffer, RAM, state.ramSize);
    this.#board = board;
    this.#code = code;
    this.#kinds = new Uint8Array(state.buffer, PAGES.kinds, FOUR_GIB / PAGE_SIZE);
    this.#kinds.fill(PAGE_KIND.device).fill(PAGE_KIND.ram, 0, this.size / PAGE_SIZE);
    for (const { start, length, kind } of holes) {
      this.#kinds.fill(PAGE_KIND[kind], start / PAGE_SIZE, (start + length) / PAGE_SIZE);
    }
  }

  /** Masks (false) or passes (true) physical address bit 20. TLB entries made before are stale. */
  setAddress20(enabled: boolean): void {
    this.#pageMask = enabled ? -1 : ~PAGE_ADDRESS_20;
  }

  /** The physical page that appears on the bus for a page number; A20M# applied. */
  busPage(page: number): number {
    return page & this.#pageMask;
  }

  /** Kind of a page as it appears on the bus, one of PAGE_KIND. */
  kind(page: number): number {
    return this.#kinds[page] ?? PAGE_KIND.device;
  }

  holdsCode(page: number): boolean {
    return this.#code.codePages[page] !== 0;
  }

  /** Whether translated code was made from any of these bytes of RAM, which must lie in one page. */
  codeOverlaps(physical: number, bytes: number): boolean {
    return this.holdsCode(physical >>> 12) && this.#code.codeOverlaps(physical, bytes);
  }

  /** Bytes of RAM within one page were changed by other means than write(): drops the code made from them. */
  changed(physical: number, bytes: number): void {
    if (this.holdsCode(physical >>> 12)) this.#code.onCodeWrite(physical, bytes);
  }

  /** Reads 1, 2 or 4 bytes of one page; unsigned for 1 and 2, signed for 4. Nothing above 4 GiB answers. */
  load(page: number, offset: number, size: AccessSize): number {
    page = this.busPage(page);
    const address = page * PAGE_SIZE + offset;
    if (this.kind(page) === PAGE_KIND.device) return this.#loadDevice(address, size);
    return size === 4
      ? this.#data.getInt32(address, true)
      : size === 2
        ? this.#data.getUint16(address, true)
        : this.#ram[address]!;
  }

  /** Writes 1, 2 or 4 bytes of one page, and drops translated code made from them. */
  store(page: number, offset: number, size: AccessSize, value: number): void {
    page = this.busPage(page);
    const address = page * PAGE_SIZE + offset;
    if (this.kind(page) !== PAGE_KIND.ram) {
      this.#storeDevice(address, size, value);
      return;
    }
    if (size === 4) this.#data.setInt32(address, value, true);
    else if (size === 2) this.#data.setUint16(address, value, true);
    else this.#ram[address] = value;
    this.changed(address, size);
  }

  /** Reads by physical address below 2^36, which must be aligned to the size. */
  read8(address: number): number {
    return this.load(Math.floor(address / PAGE_SIZE), address % PAGE_SIZE, 1);
  }
  read16(address: number): number {
    return this.load(Math.floor(address / PAGE_SIZE), address % PAGE_SIZE, 2);
  }
  read32(address: number): number {
    if (address < this.size && this.#pageMask === -1 && this.#kinds[address >>> 12] !== PAGE_KIND.device) {
      return this.#data.getInt32(address, true);
    }
    return this.load(Math.floor(address / PAGE_SIZE), address % PAGE_SIZE, 4);
  }
  write8(address: number, value: number): void {
    this.store(Math.floor(address / PAGE_SIZE), address % PAGE_SIZE, 1, value);
  }
  write16(address: number, value: number): void {
    this.store(Math.floor(address / PAGE_SIZE), address % PAGE_SIZE, 2, value);
  }
  write32(address: number, value: number): void {
    this.store(Math.floor(address / PAGE_SIZE), address % PAGE_SIZE, 4, value);
  }

  view(address: number, length: number): Uint8Array {
    this.#checkRange(address, length, PAGE_KIND.rom);
    return this.#ram.subarray(address, address + length);
  }

  write(address: number, bytes: Uint8Array): void {
    this.#checkRange(address, bytes.length, PAGE_KIND.ram);
    this.#copy(address, bytes);
  }

  /** The board fills its ROMs: as write, but ROM may be written too. */
  install(address: number, bytes: Uint8Array): void {
    this.#checkRange(address, bytes.length, PAGE_KIND.rom);
    this.#copy(address, bytes);
  }

  #copy(address: number, bytes: Uint8Array): void {
    this.#ram.set(bytes, address);
    const end = address + bytes.length;
    for (let at = address; at < end; ) {
      const next = Math.min((Math.floor(at / PAGE_SIZE) + 1) * PAGE_SIZE, end);
      this.changed(at, next - at);
      at = next;
    }
  }

  #checkRange(address: number, length: number, worstKind: number): void {
    const end = address + length;
    const whole = Number.isInteger(address) && Number.isInteger(length) && address >= 0 && length >= 0;
    if (!whole || end > this.size) throw new RangeError(`${length} bytes at ${address} are not within RAM`);
    for (let page = Math.floor(address / PAGE_SIZE); page * PAGE_SIZE < end; page++) {
      if (this.kind(page) > worstKind) throw new RangeError(`${length} bytes at ${address} are not all RAM`);
    }
  }

  #loadDevice(address: number, size: AccessSize): number {
    if (address >= FOUR_GIB) return ALL_ONES[size];
    const value = this.#board.mmioRead(address, size);
    return size === 4 ? value | 0 : value & ALL_ONES[size];
  }

  #storeDevice(address: number, size: AccessSize, value: number): void {
    if (address >= FOUR_GIB) return;
    this.#board.mmioWrite(address, size, size === 4 ? value >>> 0 : value & ALL_ONES[size]);
  }
}
