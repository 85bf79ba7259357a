/** Looks for a text in a stream of bytes, across the boundaries of its chunks. */
export class TextWatch {
  readonly #wanted: Buffer;
  /** The end of what has been seen: one byte less than a match. */
  #tail: Buffer = Buffer.alloc(0);

  /** @param text not empty; compared as UTF-8 */
  constructor(text: string) {
    this.#wanted = Buffer.from(text, 'utf8');
  }

  /** @returns how many bytes of the chunk go up to the end of the first match, or -1 when there is none yet */
  feed(chunk: Uint8Array): number {
    const seen = Buffer.concat([this.#tail, chunk]);
    const at = seen.indexOf(this.#wanted);
    if (at >= 0) return at + this.#wanted.length - this.#tail.length;
    this.#tail = seen.subarray(Math.max(0, seen.length - this.#wanted.length + 1));
    return -1;
  }
}
