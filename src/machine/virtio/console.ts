/** The virtio console with one port (Virtual I/O Device specification 1.1, 5.3). */
import type { ByteQueue } from '../byte-queue.ts';
import type { VirtioDevice, VirtioTransport } from './device.ts';
import { totalLength, type Virtqueue } from './virtqueue.ts';

const RECEIVE = 0;
const TRANSMIT = 1;
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

  serve(queue: Virtqueue, index: number): void {
    if (index === TRANSMIT) this.transmit(queue);
    else if (index === RECEIVE) this.receive(queue);
  }

  private transmit(queue: Virtqueue): void {
    for (let chain = queue.pop(); chain; chain = queue.pop()) {
      this.output(queue.gather(chain.readable));
      queue.push(chain, 0);
    }
  }

  /** Input waits in the host's queue until the driver has buffers for it. */
  private receive(queue: Virtqueue): void {
    while (this.input.length > 0) {
      const chain = queue.pop();
      if (!chain) return;
      const bytes = this.input.take(totalLength(chain.writable));
      queue.scatter(chain.writable, bytes);
      queue.push(chain, bytes.length);
    }
  }
}
