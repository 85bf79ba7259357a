/**
 * A split virtqueue (Virtual I/O Device specification 1.1, 2.6), device side. Everything in it was written by the
 * guest: indices, lengths and addresses are checked before use, and the first one that cannot be right breaks the queue.
 */
import type { PhysicalMemory } from '../../../runtime/board.ts';

/** The guest broke the rules; the device stops until it is reset. */
export class VirtqueueError extends Error {}

/** A range of guest-physical memory. */
export interface Segment {
  address: number;
  length: number;
}

/** One request: what the device reads, then what it writes. */
export interface Chain {
  /** Names the chain when it is given back. */
  head: number;
  readable: Segment[];
  writable: Segment[];
}

/** Guest-physical addresses of the three parts of the queue. */
export interface QueueAddresses {
  descriptors: number;
  available: number;
  used: number;
}

const DESCRIPTOR_SIZE = 16;
const DESCRIPTOR = { NEXT: 1, WRITE: 2, INDIRECT: 4 };
const AVAILABLE_NO_INTERRUPT = 1;
const RING_HEADER = 4;
const USED_ELEMENT = 8;
/** Descriptors of an indirect table that are looked at, at most. */
const MAX_INDIRECT = 1024;
/** Bytes of one chain, at most: bounds what a request can make the host copy. */
const MAX_CHAIN_BYTES = 64 * 1024 * 1024;

export class Virtqueue {
  /** Largest size the driver may choose; a power of two. */
  readonly maximumSize: number;
  private readonly memory: PhysicalMemory;
  private addresses: QueueAddresses | undefined;
  private entries: number;
  private nextAvailable = 0;
  private nextUsed = 0;
  private usedSinceInterrupt = false;

  constructor(memory: PhysicalMemory, maximumSize: number) {
    this.memory = memory;
    this.maximumSize = maximumSize;
    this.entries = maximumSize;
  }

  get size(): number {
    return this.entries;
  }

  /** Ignores what is not a power of two within the maximum, and changes of a queue in use. */
  set size(size: number) {
    const valid = size > 0 && size <= this.maximumSize && (size & (size - 1)) === 0;
    if (valid && !this.addresses) this.entries = size;
  }

  get enabled(): boolean {
    return this.addresses !== undefined;
  }

  enable(addresses: QueueAddresses): void {
    this.addresses = addresses;
    this.nextAvailable = this.nextUsed = 0;
    this.usedSinceInterrupt = false;
  }

  reset(): void {
    this.addresses = undefined;
    this.entries = this.maximumSize;
  }

  /** The next request, undefined when there is none. Throws VirtqueueError. */
  pop(): Chain | undefined {
    if (!this.addresses) return undefined;
    const { available } = this.addresses;
    const waiting = (this.read16(available + 2) - this.nextAvailable) & 0xffff;
    if (waiting === 0) return undefined;
    if (waiting > this.entries) throw new VirtqueueError('the available index is ahead by more than the queue holds');
    const head = this.read16(available + RING_HEADER + 2 * (this.nextAvailable & (this.entries - 1)));
    this.nextAvailable = (this.nextAvailable + 1) & 0xffff;
    return this.walk(head, this.addresses);
  }

  /** Gives a chain back, with the number of bytes written into it. Throws VirtqueueError. */
  push(chain: Chain, written: number): void {
    if (!this.addresses) return;
    const { used } = this.addresses;
    const element = new Uint8Array(USED_ELEMENT);
    const view = new DataView(element.buffer);
    view.setUint32(0, chain.head, true);
    view.setUint32(4, written, true);
    this.writeGuest(used + RING_HEADER + USED_ELEMENT * (this.nextUsed & (this.entries - 1)), element);
    this.nextUsed = (this.nextUsed + 1) & 0xffff;
    this.writeGuest(used + 2, Uint8Array.of(this.nextUsed & 0xff, this.nextUsed >> 8));
    this.usedSinceInterrupt = true;
  }

  /** Whether the driver is to be interrupted for what was pushed since the last call. */
  takeInterrupt(): boolean {
    const used = this.usedSinceInterrupt;
    this.usedSinceInterrupt = false;
    return used && this.addresses !== undefined && !(this.read16(this.addresses.available) & AVAILABLE_NO_INTERRUPT);
  }

  /** All the bytes the device is to read, one after the other. Throws VirtqueueError. */
  gather(segments: Segment[]): Uint8Array {
    const bytes = new Uint8Array(totalLength(segments));
    let offset = 0;
    for (const { address, length } of segments) {
      bytes.set(this.readGuest(address, length), offset);
      offset += length;
    }
    return bytes;
  }

  /** Spreads bytes over segments; stops when either ends. Throws VirtqueueError. */
  scatter(segments: Segment[], bytes: Uint8Array): void {
    let offset = 0;
    for (const { address, length } of segments) {
      if (offset >= bytes.length) return;
      this.writeGuest(address, bytes.subarray(offset, offset + length));
      offset += length;
    }
  }

  private walk(head: number, { descriptors }: QueueAddresses): Chain {
    const chain: Chain = { head, readable: [], writable: [] };
    let table = { address: descriptors, entries: this.entries, indirect: false };
    let index = head;
    let left = table.entries;
    let total = 0;
    for (;;) {
      if (index >= table.entries) throw new VirtqueueError('descriptor index outside the table');
      if (left-- === 0) throw new VirtqueueError('descriptor chain without end');
      const { address, length, flags, next } = this.descriptor(table.address + DESCRIPTOR_SIZE * index);
      if (flags & DESCRIPTOR.INDIRECT) {
        const entries = length / DESCRIPTOR_SIZE;
        const valid = !table.indirect && !(flags & DESCRIPTOR.NEXT) && Number.isInteger(entries) && entries > 0;
        if (!valid || entries > MAX_INDIRECT) throw new VirtqueueError('malformed indirect descriptor');
        table = { address, entries, indirect: true };
        index = 0;
        left = entries;
        continue;
      }
      total += length;
      if (total > MAX_CHAIN_BYTES) throw new VirtqueueError('request too long');
      this.readGuest(address, length);
      if (flags & DESCRIPTOR.WRITE) chain.writable.push({ address, length });
      else if (chain.writable.length > 0) throw new VirtqueueError('a readable descriptor after a writable one');
      else chain.readable.push({ address, length });
      if (!(flags & DESCRIPTOR.NEXT)) return chain;
      index = next;
    }
  }

  private descriptor(address: number): { address: number; length: number; flags: number; next: number } {
    const bytes = this.readGuest(address, DESCRIPTOR_SIZE);
    const view = new DataView(bytes.buffer, bytes.byteOffset, DESCRIPTOR_SIZE);
    if (view.getUint32(4, true) !== 0) throw new VirtqueueError('address above 4 GB');
    return {
      address: view.getUint32(0, true),
      length: view.getUint32(8, true),
      flags: view.getUint16(12, true),
      next: view.getUint16(14, true),
    };
  }

  private read16(address: number): number {
    const bytes = this.readGuest(address, 2);
    return bytes[0] | (bytes[1] << 8);
  }

  private readGuest(address: number, length: number): Uint8Array {
    return inMemory(() => this.memory.view(address, length));
  }

  private writeGuest(address: number, bytes: Uint8Array): void {
    inMemory(() => this.memory.write(address, bytes));
  }
}

/** Tells an address outside RAM from any other failure. */
function inMemory<T>(access: () => T): T {
  try {
    return access();
  } catch (error) {
    if (error instanceof RangeError) throw new VirtqueueError('address outside RAM');
    throw error;
  }
}

export function totalLength(segments: Segment[]): number {
  return segments.reduce((sum, { length }) => sum + length, 0);
}

/** The part of a list of segments from byte `start` up to byte `end`. */
export function slice(segments: Segment[], start: number, end = Infinity): Segment[] {
  const parts: Segment[] = [];
  let position = 0;
  for (const { address, length } of segments) {
    const from = Math.max(start - position, 0);
    const to = Math.min(end - position, length);
    if (from < to) parts.push({ address: address + from, length: to - from });
    position += length;
  }
  return parts;
}
