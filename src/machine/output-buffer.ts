/** Gathers single bytes of output into arrays, so that a character does not cost the host a call. */
const SIZE = 4096;

export class OutputBuffer {
  private buffer = new Uint8Array(SIZE);
  private length = 0;
  private readonly output: (bytes: Uint8Array) => void;

  /** `output` gets arrays it may keep. */
  constructor(output: (bytes: Uint8Array) => void) {
    this.output = output;
  }

  push(byte: number): void {
    this.buffer[this.length++] = byte;
    if (this.length === SIZE) this.flush();
  }

  flush(): void {
    if (this.length === 0) return;
    const bytes = this.buffer.slice(0, this.length);
    this.length = 0;
    this.output(bytes);
  }
}
