/** What a virtio device is to its transport, and the reverse. */
import type { Virtqueue } from './virtqueue.ts';

/** One kind of device. It never sees the transport's registers. */
export interface VirtioDevice {
  /** Device type number (Virtual I/O Device specification 1.1, ch. 5). */
  readonly type: number;
  /** PCI device number of the transitional interface. */
  readonly transitionalId: number;
  /** PCI class code, 24 bits. */
  readonly classCode: number;
  /** Feature bits 0 … 31 offered, without those of the transport and the queues. */
  readonly features: number;
  /** Largest size of each queue. */
  readonly queueSizes: readonly number[];
  /** The configuration space; read-only for the guest. */
  readonly config: Uint8Array;
  /** Called once, with what the device may ask of its transport. */
  attach(transport: VirtioTransport): void;
  /**
   * Serves what waits in a queue, at most as many requests as the queue holds: a guest that lets its requests write
   * further requests must not keep the host in here. True when there may be more. May throw VirtqueueError.
   */
  serve(queue: Virtqueue, index: number): boolean;
}

export interface VirtioTransport {
  /** Serves queue `index` now, if the driver is ready, and interrupts it when something was used. */
  kick(index: number): void;
  /** Feature bits 0 … 31 that the driver accepted. */
  readonly driverFeatures: number;
}
