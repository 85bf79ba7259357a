import { type ChildProcess, spawn } from 'node:child_process';

/** How a process ended: its exit code, or the signal that killed it. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ConsoleOptions {
  command: string;
  args?: readonly string[];
  /** Environment beside the test's own. */
  env?: Readonly<Record<string, string>>;
  /** How long one `expect` may take, in milliseconds, before a hung process fails the test. Default 60 000. */
  patience?: number;
}

/**
 * A process with its console on standard input and output: type text, expect text.
 * What was matched is consumed, so that the next `expect` looks only at what came later.
 */
export class Console {
  /** Everything the process has written so far, standard error included. */
  transcript = '';
  /** How the process ended, once it has. */
  readonly ended: Promise<Ending>;
  private readonly child: ChildProcess;
  private readonly name: string;
  private readonly patience: number;
  private consumed = 0;
  private ending: Ending | undefined;
  private failure: Error | undefined;
  private wake = () => {};

  constructor({ command, args = [], env, patience = 60_000 }: ConsoleOptions) {
    this.name = command;
    this.patience = patience;
    this.child = spawn(command, args, { stdio: 'pipe', env: { ...process.env, ...env } });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.transcript += text;
        this.wake();
      });
    }
    // The process may be gone before it read everything; its ending tells.
    this.child.stdin?.on('error', () => {});
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', (error) => {
        this.failure = error;
        this.wake();
        reject(error);
      });
      this.child.on('close', (code, signal) => {
        this.ending = { code, signal };
        this.wake();
        resolve(this.ending);
      });
    });
    // Whoever awaits it sees the error; nobody has to.
    this.ended.catch(() => {});
  }

  /** Types text as it is; end a line with "\n". */
  type(text: string): void {
    this.child.stdin?.write(text);
  }

  /**
   * Waits until `pattern` appears in what has not been consumed yet, and consumes it with all before it.
   * Returns the consumed text. Rejects when the process ends or `patience` runs out first.
   */
  async expect(pattern: string | RegExp): Promise<string> {
    const deadline = Date.now() + this.patience;
    for (;;) {
      const found = this.find(pattern);
      if (found !== undefined) return found;
      if (this.failure) throw this.failure;
      if (this.ending) throw this.complaint(pattern, `ended (code ${this.ending.code}, signal ${this.ending.signal})`);
      if (!(await this.moreBefore(deadline))) throw this.complaint(pattern, `was silent for ${this.patience} ms`);
    }
  }

  /** Types a line and waits for `prompt` after it; returns what came in between, the echo included. */
  async command(line: string, prompt: string): Promise<string> {
    this.type(`${line}\n`);
    const text = await this.expect(prompt);
    return text.slice(0, -prompt.length).replaceAll('\r', '');
  }

  /** Ends the process if it still runs, and waits for that. */
  async close(): Promise<void> {
    if (!this.ending && !this.failure) this.child.kill('SIGKILL');
    await this.ended.catch(() => {});
  }

  private find(pattern: string | RegExp): string | undefined {
    const rest = this.transcript.slice(this.consumed);
    const match = typeof pattern === 'string' ? rest.indexOf(pattern) : rest.search(pattern);
    if (match < 0) return undefined;
    const length = typeof pattern === 'string' ? pattern.length : rest.slice(match).match(pattern)![0].length;
    this.consumed += match + length;
    return rest.slice(0, match + length);
  }

  /** False when nothing came before the deadline. */
  private moreBefore(deadline: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), Math.max(0, deadline - Date.now()));
      this.wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  private complaint(pattern: string | RegExp, what: string): Error {
    const tail = this.transcript.slice(-2000);
    return new Error(`${this.name} ${what} while ${JSON.stringify(String(pattern))} was expected. It wrote:\n${tail}`);
  }
}
