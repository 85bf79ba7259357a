/** A whole board on fake time, memory and pins, and the accesses a driver makes. */
import { ByteQueue } from '../../src/machine/byte-queue.ts';
import type { BlockMedium } from '../../src/machine/disk-image.ts';
import { PcBoard } from '../../src/machine/pc-board.ts';
import { FakeClock, FakeMemory, FakePins } from './fakes.ts';

export const RAM = 8 << 20;

/** Date at which boards are switched on, in ms since 1970. */
export const DATE = Date.UTC(2026, 0, 1);

export function makeBoard(
  disks: BlockMedium[] = [],
  ideDisks: BlockMedium[] = [],
  { clock = new FakeClock(), date = DATE } = {},
) {
  const memory = new FakeMemory(RAM);
  const pins = new FakePins();
  const events: string[] = [];
  const serial: number[] = [];
  const console: number[] = [];
  const consoleInput = new ByteQueue();
  const board = new PcBoard(
    {
      clock,
      date,
      disks,
      ideDisks,
      serial: { input: new ByteQueue(), output: (bytes) => serial.push(...bytes) },
      console: { input: consoleInput, output: (bytes) => console.push(...bytes) },
      onPowerOff: () => events.push('poweroff'),
      onReset: () => events.push('reset'),
    },
    pins,
    memory,
  );
  return { board, clock, memory, pins, events, serial, console, consoleInput };
}

export type Rig = ReturnType<typeof makeBoard>;

/** Configuration space through ports CF8h and CFCh. */
export function configSpace({ board }: Pick<Rig, 'board'>, slot: number, number = 0) {
  const select = (offset: number) => {
    board.portWrite(0xcf8, 4, (0x8000_0000 | (slot << 11) | (number << 8) | (offset & 0xfc)) >>> 0);
    return 0xcfc + (offset & 3);
  };
  return {
    read: (offset: number, size: 1 | 2 | 4 = 4) => board.portRead(select(offset), size),
    write: (offset: number, value: number, size: 1 | 2 | 4 = 4) => board.portWrite(select(offset), size, value),
  };
}

/** Two BARs of a virtio function as firmware placed them. */
export function bars(rig: Rig, slot: number) {
  const config = configSpace(rig, slot);
  return { io: config.read(0x10) & ~3, memory: (config.read(0x20) & ~15) >>> 0 };
}

export interface Descriptor {
  address: number;
  length: number;
  flags?: number;
  next?: number;
}

export const NEXT = 1;
export const WRITE = 2;
export const INDIRECT = 4;

/** A virtqueue in guest memory, seen from the driver. */
export class DriverQueue {
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;
  readonly size: number;
  private readonly memory: FakeMemory;

  /** Laid out from page `frame` on as the legacy interface wants it. */
  constructor(memory: FakeMemory, frame: number, size: number) {
    this.memory = memory;
    this.size = size;
    this.descriptors = frame * 4096;
    this.available = this.descriptors + 16 * size;
    this.used = Math.ceil((this.available + 6 + 2 * size) / 4096) * 4096;
  }

  describe(index: number, descriptor: Descriptor, table = this.descriptors): void {
    const { data } = this.memory;
    const at = table + 16 * index;
    data.setUint32(at, descriptor.address, true);
    data.setUint32(at + 4, 0, true);
    data.setUint32(at + 8, descriptor.length, true);
    data.setUint16(at + 12, descriptor.flags ?? 0, true);
    data.setUint16(at + 14, descriptor.next ?? 0, true);
  }

  /** Descriptors 0, 1, 2, … chained in this order. */
  chain(...descriptors: Descriptor[]): void {
    descriptors.forEach((descriptor, i) => {
      const last = i === descriptors.length - 1;
      this.describe(i, { ...descriptor, flags: (descriptor.flags ?? 0) | (last ? 0 : NEXT), next: last ? 0 : i + 1 });
    });
  }

  offer(head: number): void {
    const { data } = this.memory;
    const index = data.getUint16(this.available + 2, true);
    data.setUint16(this.available + 4 + 2 * (index % this.size), head, true);
    data.setUint16(this.available + 2, index + 1, true);
  }

  get usedIndex(): number {
    return this.memory.data.getUint16(this.used + 2, true);
  }

  usedElement(index: number): { head: number; written: number } {
    const at = this.used + 4 + 8 * (index % this.size);
    return { head: this.memory.data.getUint32(at, true), written: this.memory.data.getUint32(at + 4, true) };
  }

  set interruptsWanted(wanted: boolean) {
    this.memory.data.setUint16(this.available, wanted ? 0 : 1, true);
  }
}
