/** A child process with a console on its standard streams: type to it, wait for what it prints. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface ConsoleOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** How much of the output a complaint quotes, in characters. */
const TAIL = 2000;

export class Console {
  /**
   * Resolves to the exit status when the process has ended and all it wrote has been read. Rejects when a signal ended
   * it.
   */
  readonly exit: Promise<number>;
  readonly #child: ChildProcess;
  #output = '';
  /** Everything before this position has been handed out by expect. */
  #consumed = 0;
  #ended = false;
  /** Called at each change of #output or #ended while an expect waits. */
  #changed = () => {};

  private constructor(child: ChildProcess) {
    this.#child = child;
    // Bytes, not UTF-8: a console may print anything, in any cut.
    const take = (chunk: Buffer) => {
      this.#output += chunk.toString('latin1');
      this.#changed();
    };
    child.stdout!.on('data', take);
    child.stderr!.on('data', take);
    // Typing to a process that has just ended is not what a test is about; its exit is.
    child.stdin!.on('error', () => {});
    this.exit = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status, signal) => {
        this.#ended = true;
        this.#changed();
        if (status === null) reject(new Error(`ended by ${signal}`));
        else resolve(status);
      });
    });
    // Who does not ask for the exit status need not hear of it.
    this.exit.catch(() => {});
  }

  static spawn(command: string, args: readonly string[], options: ConsoleOptions = {}): Console {
    return new Console(spawn(command, args, { ...options, stdio: 'pipe' }));
  }

  /** All that was printed up to now, both streams as they came, one character a byte. */
  get output(): string {
    return this.#output;
  }

  type(text: string): void {
    this.#child.stdin!.write(text);
  }

  /** As Ctrl-C does on a terminal. */
  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  /** Ends the process at once, if it has not ended. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /**
   * Waits for `wanted` in what no expect has returned yet; returns everything up to its end. Rejects with the last
   * output when the process ends or  `timeoutMs` pass without it.
   */
  expect(wanted: string | RegExp, timeoutMs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        this.#changed = () => {};
      };
      const fail = (why: string) => {
        stop();
        reject(new Error(`${why} before ${wanted}; the last output:\n${this.#output.slice(-TAIL)}`));
      };
      const timer = setTimeout(() => fail(`${timeoutMs} ms passed`), timeoutMs);
      this.#changed = () => {
        const end = this.#endOf(wanted);
        if (end === undefined) {
          if (this.#ended) fail('the process ended');
          return;
        }
        stop();
        const text = this.#output.slice(this.#consumed, end);
        this.#consumed = end;
        resolve(text);
      };
      this.#changed();
    });
  }

  #endOf(wanted: string | RegExp): number | undefined {
    const fresh = this.#output.slice(this.#consumed);
    if (typeof wanted === 'string') {
      const at = fresh.indexOf(wanted);
      return at < 0 ? undefined : this.#consumed + at + wanted.length;
    }
    const match = wanted.exec(fresh);
    return match === null ? undefined : this.#consumed + match.index + match[0].length;
  }
}
