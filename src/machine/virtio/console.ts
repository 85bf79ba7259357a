/** The virtio console with one port (Virtual I/O Device specification 1.1, 5.3). */
import type { ByteQueue } from '../byte-queue.ts';
import type { VirtioDevice, VirtioTransport } from './device.ts';
import { type Chain, totalLength, type Virtqueue } from './virtqueue.ts';

const RECEIVE = 0;
const QUEUE_SIZE = 64;

export class VirtioConsole implements VirtioDevice {
  readonly type = 3;
  readonly transitionalId = 0x1003;
  readonly classCode = 0x07_80_00;
  readonly features = 0;
  readonly queueSizes = [QUEUE_SIZE, QUEUE_SIZE];
  readonly config = new Uint8Array(12);
  private readonly input: ByteQueue;
  private readonly output: (bytes: Uint8Array) => void;

  /** `input` is what the host sends; `output` gets what the guest writes, in arrays it may keep. */
  constructor(input: ByteQueue, output: (bytes: Uint8Array) => void) {
    this.input = input;
    this.output = output;
  }

  attach(transport: VirtioTransport): void {
    this.input.onData = () => transport.kick(RECEIVE);
  }

  serve(queue: Virtqueue, index: number): boolean {
    for (let left = queue.size; left > 0; left--) {
      // Input waits in the host's queue until the driver has buffers for it.
      const chain = index === RECEIVE && this.input.length === 0 ? undefined : queue.pop();
      if (!chain) return false;
      queue.push(chain, index === RECEIVE ? this.receive(queue, chain) : this.transmit(queue, chain));
    }
    return true;
  }

  private transmit(queue: Virtqueue, chain: Chain): number {
    this.output(queue.gather(chain.readable));
    return 0;
  }

  /** The number of bytes received into the chain. */
  private receive(queue: Virtqueue, chain: Chain): number {
    const bytes = this.input.take(totalLength(chain.writable));
    queue.scatter(chain.writable, bytes);
    return bytes.length;
  }
}
