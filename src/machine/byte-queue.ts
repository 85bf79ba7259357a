/** Bytes from the host on their way to the guest: nothing is lost, and the sender learns when to wait. */
const HIGH_WATER = 64 * 1024;

export class ByteQueue {
  private chunks: Uint8Array[] = [];
  private offset = 0;
  private size = 0;
  /** Called when bytes arrive. */
  onData: () => void = () => {};
  /** Called when a sender that was told to wait may go on. */
  onDrain: () => void = () => {};
  private full = false;

  get length(): number {
    return this.size;
  }

  /** Appends a copy; false asks the sender to wait for `onDrain`, as Node's streams do. */
  push(bytes: Uint8Array): boolean {
    if (bytes.length > 0) {
      this.chunks.push(bytes.slice());
      this.size += bytes.length;
      this.onData();
    }
    this.full = this.size >= HIGH_WATER;
    return !this.full;
  }

  /** Puts bytes back in front, to be taken next. */
  unshift(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.offset > 0) {
      this.chunks[0] = this.chunks[0].subarray(this.offset);
      this.offset = 0;
    }
    this.chunks.unshift(bytes);
    this.size += bytes.length;
  }

  /** Takes up to `limit` bytes from the front. */
  take(limit: number): Uint8Array {
    const taken = new Uint8Array(Math.min(limit, this.size));
    for (let filled = 0; filled < taken.length; ) {
      const chunk = this.chunks[0];
      const part = chunk.subarray(this.offset, this.offset + taken.length - filled);
      taken.set(part, filled);
      filled += part.length;
      this.offset += part.length;
      if (this.offset === chunk.length) {
        this.chunks.shift();
        this.offset = 0;
      }
    }
    this.size -= taken.length;
    if (this.full && this.size < HIGH_WATER / 2) {
      this.full = false;
      this.onDrain();
    }
    return taken;
  }
}
