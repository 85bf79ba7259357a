/** A console between the streams of the API and a device of the board. */
import { Readable, Writable } from 'node:stream';
import type { Console } from './api.ts';
import { ByteQueue } from './byte-queue.ts';
import type { ConsoleEnd } from './pc-board.ts';

export class ConsolePort implements Console {
  readonly input: Writable;
  readonly output = new Readable({ read: () => {} });
  readonly #queue = new ByteQueue();

  constructor() {
    this.input = new Writable({
      write: (chunk: Uint8Array, _encoding, done) => {
        if (this.#queue.push(chunk)) done();
        else this.#queue.onDrain = done;
      },
    });
  }

  /** For a device; it listens for input itself. */
  get end(): ConsoleEnd {
    return { input: this.#queue, output: (bytes) => this.#print(bytes) };
  }

  /** After a device has been connected: calls back behind it when there is input. */
  onInput(action: () => void): void {
    const { onData } = this.#queue;
    this.#queue.onData = () => {
      onData();
      action();
    };
  }

  close(): void {
    if (!this.output.destroyed) this.output.push(null);
  }

  #print(bytes: Uint8Array): void {
    if (!this.output.destroyed) this.output.push(bytes);
  }
}
