/** The state of a virtio device that both PCI interfaces, legacy and modern, act on. */
import type { PhysicalMemory } from '../../../runtime/board.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Line } from '../line.ts';
import type { VirtioDevice, VirtioTransport } from './device.ts';
import { Virtqueue, VirtqueueError } from './virtqueue.ts';

/** Device status bits. */
const Status = { ACKNOWLEDGE: 1, DRIVER: 2, DRIVER_OK: 4, FEATURES_OK: 8, NEEDS_RESET: 0x40, FAILED: 0x80 };
const Isr = { QUEUE: 1, CONFIGURATION: 2 };
/** Feature bits of queues and transport. */
const Feature = { ANY_LAYOUT: 1 << 27, INDIRECT: 1 << 28 };
const VERSION_1 = 1;

export class VirtioCore implements VirtioTransport {
  readonly device: VirtioDevice;
  readonly queues: readonly Virtqueue[];
  private readonly interrupt: Line;
  private readonly clock: Clock;
  private deviceStatus = 0;
  private isr = 0;
  /** Bits 0-31 and 32-63. */
  private readonly accepted = [0, 0];
  private selected = 0;
  /** By queue: serves what was left over. */
  private readonly continuations: Timer[] = [];

  constructor(device: VirtioDevice, memory: PhysicalMemory, clock: Clock, interrupt: Line) {
    this.device = device;
    this.clock = clock;
    this.interrupt = interrupt;
    this.queues = device.queueSizes.map((size) => new Virtqueue(memory, size));
    device.attach(this);
  }

  /** Features offered: word 0 holds bits 0-31, word 1 bits 32-63. */
  offered(word: number): number {
    if (word === 0) return (this.device.features | Feature.ANY_LAYOUT | Feature.INDIRECT) >>> 0;
    return word === 1 ? VERSION_1 : 0;
  }

  acceptedFeatures(word: number): number {
    return this.accepted[word] ?? 0;
  }

  /** The driver's choice; once it is agreed it cannot change. */
  accept(word: number, bits: number): void {
    if (word < this.accepted.length && !(this.deviceStatus & Status.FEATURES_OK)) this.accepted[word] = bits;
  }

  get driverFeatures(): number {
    return this.accepted[0];
  }

  get status(): number {
    return this.deviceStatus;
  }

  /** Writing 0 resets the device. */
  set status(value: number) {
    if (value === 0) this.reset();
    else {
      const agreed = [0, 1].every((word) => (this.accepted[word] & ~this.offered(word)) === 0);
      this.deviceStatus = (agreed ? value : value & ~Status.FEATURES_OK) | (this.deviceStatus & Status.NEEDS_RESET);
      if (this.ready) for (const index of this.queues.keys()) this.kick(index);
    }
  }

  get queueSelect(): number {
    return this.selected;
  }

  set queueSelect(index: number) {
    this.selected = index;
  }

  /** The queue that the queue registers are about, if it exists. */
  get queue(): Virtqueue | undefined {
    return this.queues[this.selected];
  }

  /** Reading the interrupt status clears it and releases the line. */
  takeInterruptStatus(): number {
    const { isr } = this;
    this.isr = 0;
    this.interrupt(false);
    return isr;
  }

  kick(index: number): void {
    const queue = this.queues[index];
    if (!this.ready || !queue?.enabled) return;
    try {
      this.continuations[index]?.cancel();
      const more = this.device.serve(queue, index);
      if (more) this.continuations[index] = this.clock.at(this.clock.now(), () => this.kick(index));
      if (queue.takeInterrupt()) this.raise(Isr.QUEUE);
    } catch (error) {
      if (!(error instanceof VirtqueueError)) throw error;
      this.deviceStatus |= Status.NEEDS_RESET;
      this.raise(Isr.CONFIGURATION);
    }
  }

  /** Legacy drivers, which know no FEATURES_OK, use the device before they set DRIVER_OK (3.1.1). */
  private get ready(): boolean {
    const started = this.deviceStatus & Status.FEATURES_OK ? Status.DRIVER_OK : Status.DRIVER | Status.DRIVER_OK;
    return (this.deviceStatus & started) !== 0 && !(this.deviceStatus & Status.NEEDS_RESET);
  }

  private raise(reason: number): void {
    this.isr |= reason;
    this.interrupt(true);
  }

  private reset(): void {
    this.deviceStatus = 0;
    this.selected = 0;
    this.accepted.fill(0);
    for (const queue of this.queues) queue.reset();
    this.takeInterruptStatus();
  }
}
