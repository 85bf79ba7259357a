/**
 * Address decoding for I/O ports and for memory outside RAM.
 * A device claims a range and gives a handler for each access size it knows.
 */
import type { AccessSize } from '../../runtime/board.ts';

/**
 * What a device answers. `offset` counts from the start of the claimed range. A wide access to a device that has only
 * narrow handlers is split, lowest address first. A narrow read of a device that has only wide ones gets its bytes of
 * the aligned wide register; such a write is lost.
 */
export interface AccessHandlers {
  read8?(offset: number): number;
  read16?(offset: number): number;
  read32?(offset: number): number;
  write8?(offset: number, value: number): void;
  write16?(offset: number, value: number): void;
  write32?(offset: number, value: number): void;
}

const ALL_ONES: Record<AccessSize, number> = { 1: 0xff, 2: 0xffff, 4: 0xffff_ffff };

/** A claimed range, and the splitting of accesses to it. */
class Range {
  readonly base: number;
  readonly length: number;
  private readonly handlers: AccessHandlers;

  constructor(base: number, length: number, handlers: AccessHandlers) {
    this.base = base;
    this.length = length;
    this.handlers = handlers;
  }

  contains(address: number): boolean {
    return address >= this.base && address < this.base + this.length;
  }

  /** Whether an access of `size` bytes at `address` stays inside. */
  holds(address: number, size: number): boolean {
    return address + size <= this.base + this.length;
  }

  read(address: number, size: AccessSize): number {
    return this.readAt(address - this.base, size) >>> 0;
  }

  write(address: number, size: AccessSize, value: number): void {
    this.writeAt(address - this.base, size, value);
  }

  private readAt(offset: number, size: AccessSize): number {
    const { handlers } = this;
    if (size === 4) {
      if (handlers.read32) return handlers.read32(offset);
      return this.readAt(offset, 2) | (this.readAt(offset + 2, 2) << 16);
    }
    if (size === 2) {
      if (handlers.read16) return handlers.read16(offset) & 0xffff;
      if (handlers.read8) return (handlers.read8(offset) & 0xff) | ((handlers.read8(offset + 1) & 0xff) << 8);
    } else {
      if (handlers.read8) return handlers.read8(offset) & 0xff;
      if (handlers.read16) return (handlers.read16(offset & ~1) >>> (8 * (offset & 1))) & 0xff;
    }
    if (!handlers.read32) return ALL_ONES[size];
    return (handlers.read32(offset & ~3) >>> (8 * (offset & 3))) & ALL_ONES[size];
  }

  private writeAt(offset: number, size: AccessSize, value: number): void {
    const { handlers } = this;
    if (size === 4) {
      if (handlers.write32) handlers.write32(offset, value >>> 0);
      else {
        this.writeAt(offset, 2, value & 0xffff);
        this.writeAt(offset + 2, 2, value >>> 16);
      }
    } else if (size === 2) {
      if (handlers.write16) handlers.write16(offset, value & 0xffff);
      else {
        handlers.write8?.(offset, value & 0xff);
        handlers.write8?.(offset + 1, (value >>> 8) & 0xff);
      }
    } else handlers.write8?.(offset, value & 0xff);
  }
}

/** Gives back a claimed range. */
export type Unmap = () => void;

/** The part of a bus through which devices claim addresses. Where ranges overlap the older claim wins. */
export interface AddressSpace {
  /** Throws RangeError when the range leaves the address space. */
  map(base: number, length: number, handlers: AccessHandlers): Unmap;
}

/** Common to both spaces: the list of claims, and accesses that run over the end of one. */
abstract class Decoder implements AddressSpace {
  protected readonly ranges: Range[] = [];
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  map(base: number, length: number, handlers: AccessHandlers): Unmap {
    if (base < 0 || length <= 0 || base + length > this.limit) {
      throw new RangeError(`no such addresses: ${base.toString(16)} + ${length.toString(16)}`);
    }
    const range = new Range(base, length, handlers);
    this.ranges.push(range);
    this.changed(range);
    return () => {
      const index = this.ranges.indexOf(range);
      if (index < 0) return;
      this.ranges.splice(index, 1);
      this.changed(range);
    };
  }

  read(address: number, size: AccessSize): number {
    const range = this.find(address);
    if (size === 1 || range?.holds(address, size)) return range ? range.read(address, size) : ALL_ONES[size];
    let value = 0;
    for (let i = 0; i < size; i++) {
      const byte = this.find(address + i)?.read(address + i, 1) ?? 0xff;
      value |= byte << (8 * i);
    }
    return value >>> 0;
  }

  write(address: number, size: AccessSize, value: number): void {
    const range = this.find(address);
    if (size === 1 || range?.holds(address, size)) range?.write(address, size, value);
    else for (let i = 0; i < size; i++) this.find(address + i)?.write(address + i, 1, (value >>> (8 * i)) & 0xff);
  }

  protected firstClaim(address: number): Range | undefined {
    return this.ranges.find((range) => range.contains(address));
  }

  protected abstract find(address: number): Range | undefined;
  protected abstract changed(range: Range): void;
}

const PORTS = 0x1_0000;

/** The 64 K I/O ports. */
export class PortBus extends Decoder {
  private readonly table: (Range | undefined)[] = new Array(PORTS).fill(undefined);

  constructor() {
    super(PORTS);
  }

  protected find(port: number): Range | undefined {
    return this.table[port];
  }

  protected changed(range: Range): void {
    for (let port = range.base; port < range.base + range.length; port++) this.table[port] = this.firstClaim(port);
  }
}

/** Physical memory addresses that are not RAM: few ranges, so a list with a memory of the last hit will do. */
export class MemoryBus extends Decoder {
  private last: Range | undefined;

  constructor() {
    super(0x1_0000_0000);
  }

  protected find(address: number): Range | undefined {
    if (!this.last?.contains(address)) this.last = this.firstClaim(address);
    return this.last;
  }

  protected changed(): void {
    this.last = undefined;
  }
}
