import { closeSync, openSync, writeSync } from 'node:fs';
import { attempt } from '../machine/input-files.ts';

const STANDARD_ERROR = 2;
/** Characters collected before they are written. */
const CHUNK = 1 << 16;

/** Lines on their way to a file. What cannot be written ends the trace, not the guest. */
export class TraceWriter {
  readonly #path: string | undefined;
  readonly #onError: (message: string) => void;
  #file: number | undefined;
  #lines: string[] = [];
  #length = 0;

  /**
   * @param path undefined: standard error
   * @throws UserError when the file cannot be made
   */
  constructor(path: string | undefined, onError: (message: string) => void) {
    this.#path = path;
    this.#onError = onError;
    this.#file = path === undefined ? STANDARD_ERROR : attempt(path, () => openSync(path, 'w'));
  }

  write(line: string): void {
    if (this.#file === undefined) return;
    this.#lines.push(line);
    this.#length += line.length + 1;
    if (this.#length >= CHUNK) this.flush();
  }

  flush(): void {
    if (this.#file === undefined || this.#lines.length === 0) return;
    const bytes = Buffer.from(`${this.#lines.join('\n')}\n`);
    this.#lines = [];
    this.#length = 0;
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
    } catch (error) {
      this.#file = undefined;
      const { code, message } = error as NodeJS.ErrnoException;
      this.#onError(`${this.#path ?? 'standard error'}: cannot be written (${code ?? message}); the trace ends here`);
    }
  }

  close(): void {
    this.flush();
    if (this.#file !== undefined && this.#file !== STANDARD_ERROR) closeSync(this.#file);
    this.#file = undefined;
  }
}
