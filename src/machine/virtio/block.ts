/** The virtio block device (Virtual I/O Device specification 1.1, 5.2). */
import { type BlockMedium, hostSucceeds, SECTOR_SIZE } from '../disk-image.ts';
import type { VirtioDevice, VirtioTransport } from './device.ts';
import { type Chain, type Segment, slice, totalLength, type Virtqueue } from './virtqueue.ts';

const Feature = { SEG_MAX: 1 << 2, READ_ONLY: 1 << 5, BLOCK_SIZE: 1 << 6, FLUSH: 1 << 9 };
const Request = { READ: 0, WRITE: 1, FLUSH: 4, GET_ID: 8 };
const Result = { OK: 0, IO_ERROR: 1, UNSUPPORTED: 2 };
const HEADER_SIZE = 16;
const ID_SIZE = 20;
const QUEUE_SIZE = 128;
/** Data segments of a request beside its header and status. */
const MAX_SEGMENTS = QUEUE_SIZE - 2;
/** Bytes copied between file and guest at a time. */
const CHUNK = 256 * 1024;

export class VirtioBlock implements VirtioDevice {
  readonly type = 2;
  readonly transitionalId = 0x1001;
  readonly classCode = 0x01_80_00;
  readonly queueSizes = [QUEUE_SIZE];
  readonly features: number;
  readonly config = new Uint8Array(60);
  private readonly medium: BlockMedium;
  private readonly id: Uint8Array;
  private readonly chunk = new Uint8Array(CHUNK);
  private transport!: VirtioTransport;

  /** `id` is what the guest reads as serial number; at most 20 ASCII characters count. */
  constructor(medium: BlockMedium, id: string) {
    this.medium = medium;
    this.id = new Uint8Array(ID_SIZE);
    this.id.set(new TextEncoder().encode(id).subarray(0, ID_SIZE));
    const readOnly = medium.readOnly ? Feature.READ_ONLY : 0;
    this.features = Feature.SEG_MAX | Feature.BLOCK_SIZE | Feature.FLUSH | readOnly;
    const view = new DataView(this.config.buffer);
    view.setBigUint64(0, BigInt(medium.sectors), true);
    view.setUint32(12, MAX_SEGMENTS, true);
    view.setUint32(20, SECTOR_SIZE, true);
  }

  attach(transport: VirtioTransport): void {
    this.transport = transport;
  }

  serve(queue: Virtqueue): boolean {
    for (let left = queue.size; left > 0; left--) {
      const chain = queue.pop();
      if (!chain) return false;
      this.request(queue, chain);
    }
    return true;
  }

  private request(queue: Virtqueue, chain: Chain): void {
    const writable = totalLength(chain.writable);
    if (totalLength(chain.readable) < HEADER_SIZE || writable < 1) {
      // No room for a header or a status: all there is to say is that it is done.
      queue.push(chain, 0);
      return;
    }
    const header = queue.gather(slice(chain.readable, 0, HEADER_SIZE));
    const view = new DataView(header.buffer);
    const operation: Operation = {
      queue,
      type: view.getUint32(0, true),
      sector: view.getUint32(8, true) + view.getUint32(12, true) * 2 ** 32,
      out: slice(chain.readable, HEADER_SIZE),
      in: slice(chain.writable, 0, writable - 1),
    };
    const { result, written } = this.perform(operation);
    queue.scatter(slice(chain.writable, writable - 1), Uint8Array.of(result));
    queue.push(chain, written + 1);
  }

  private perform(operation: Operation): Outcome {
    const handler = HANDLERS[operation.type];
    return handler ? handler(this.access, operation) : { result: Result.UNSUPPORTED, written: 0 };
  }

  private readonly access: Access = {
    read: (operation) => {
      const length = totalLength(operation.in);
      if (!this.holds(operation.sector, length)) return false;
      return this.chunked(operation.sector, operation.in, (offset, part, bytes) => {
        this.medium.read(offset, bytes);
        operation.queue.scatter([part], bytes);
      });
    },
    write: (operation) => {
      const length = totalLength(operation.out);
      if (this.medium.readOnly || !this.holds(operation.sector, length)) return false;
      const written = this.chunked(operation.sector, operation.out, (offset, part) => {
        this.medium.write(offset, operation.queue.gather([part]));
      });
      // A driver that cannot flush relies on every write being safe when it is done.
      return written && (this.transport.driverFeatures & Feature.FLUSH ? true : this.access.flush());
    },
    flush: () => hostSucceeds(() => this.medium.flush()),
    id: () => this.id,
  };

  private holds(sector: number, length: number): boolean {
    return length % SECTOR_SIZE === 0 && sector + length / SECTOR_SIZE <= this.medium.sectors;
  }

  /** Goes through the segments in pieces that fit the buffer; false after a host error. */
  private chunked(
    sector: number,
    segments: Segment[],
    move: (offset: number, part: Segment, bytes: Uint8Array) => void,
  ) {
    let offset = sector * SECTOR_SIZE;
    for (const { address, length } of segments) {
      for (let done = 0; done < length; done += CHUNK) {
        const part = { address: address + done, length: Math.min(CHUNK, length - done) };
        const at = offset + done;
        if (!hostSucceeds(() => move(at, part, this.chunk.subarray(0, part.length)))) return false;
      }
      offset += length;
    }
    return true;
  }
}

interface Operation {
  queue: Virtqueue;
  type: number;
  sector: number;
  out: Segment[];
  in: Segment[];
}

interface Outcome {
  result: number;
  /** Bytes of data written into guest memory. */
  written: number;
}

/** What requests do; false is an I/O error. */
interface Access {
  read(operation: Operation): boolean;
  write(operation: Operation): boolean;
  flush(): boolean;
  id(): Uint8Array;
}

const outcome = (ok: boolean, written = 0): Outcome => ({ result: ok ? Result.OK : Result.IO_ERROR, written });

const HANDLERS: Record<number, (access: Access, operation: Operation) => Outcome> = {
  [Request.READ]: (access, operation) => outcome(access.read(operation), totalLength(operation.in)),
  [Request.WRITE]: (access, operation) => outcome(access.write(operation)),
  [Request.FLUSH]: (access) => outcome(access.flush()),
  [Request.GET_ID]: (access, operation) => {
    const length = Math.min(ID_SIZE, totalLength(operation.in));
    operation.queue.scatter(operation.in, access.id().subarray(0, length));
    return outcome(true, length);
  },
};
