/** One running guest, or the host itself, that starts programs on demand and is measured from outside meanwhile. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { binary, type Program } from '../programs/table.ts';
import { type Usage, usage } from './usage.ts';

/** Program and arguments. */
export type CommandLine = readonly [string, ...string[]];

export interface Limits {
  /** The longest that one step may take: a boot, a program. */
  readonly timeoutSeconds: number;
  /** Ends the session early; what waits then throws. */
  readonly signal: AbortSignal;
}

/** From the start of the process to a text on the console. */
export interface Boot extends Usage {
  wallSeconds: number;
}

/** One run of a program. */
export interface Run {
  /** How often the work was done. */
  count: number;
  /** CPU time of the whole process, of an emulator with its threads, from before the command to its end. */
  cpuSeconds: number;
  wallSeconds: number;
  /** What the program says its work took, by the guest's clock. */
  guestSeconds: number;
  /** CPU time by the guest's accounting. On the host this is the exact one. */
  accountedSeconds: number;
  checksum: number;
}

/** A program that did not come to its end: not this session's fault. */
export class ProgramError extends Error {}

const ENOSYS = 38;
/** How much of the output to keep for a complaint, in characters. */
const TAIL = 300;
const SIGNALS: Readonly<Record<number, string>> = {
  4: 'SIGILL',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
};

const RESULT = /result checksum=(\d+) us=(\d+)\r?\n/;
const FINISHED = /finished (\d+) (\d+)\r?\n/;

export class Session {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #limits: Limits;
  readonly #started = performance.now();
  #seen = '';
  #ended: string | undefined;
  #wake: () => void = () => {};

  /** Starts a process whose standard input and output are the console. */
  constructor([program, ...options]: CommandLine, limits: Limits) {
    this.#limits = limits;
    // A process group of its own keeps Ctrl-C from it, which is why it must not outlive this one.
    process.once('exit', this.#kill);
    this.#child = spawn(program, options, { detached: true });
    const take = (chunk: Buffer) => {
      this.#seen += chunk.toString('latin1');
      this.#wake();
    };
    const end = (why: string) => {
      this.#ended ??= why;
      this.#wake();
    };
    this.#child.stdout.on('data', take);
    this.#child.stderr.on('data', take);
    this.#child.stdin.on('error', () => {});
    this.#child.on('error', (error) => end(error.message));
    this.#child.on('close', (status, by) => end(`ended with ${by ?? status}`));
    limits.signal.addEventListener('abort', () => end('interrupted'), { once: true });
  }

  /** Waits for a text on the console. Returns what came up to it and with it, and forgets that. */
  async until(text: string | RegExp): Promise<string> {
    const found = () => (typeof text === 'string' ? this.#seen.includes(text) : text.test(this.#seen));
    await this.#wait(found);
    if (!found()) throw this.#complaint();
    const seen = this.#seen;
    this.#seen = '';
    return seen;
  }

  /** Waits for the process to end by itself, with success. Returns what it has printed. */
  async ended(): Promise<string> {
    await this.#wait(() => false);
    if (this.#child.exitCode !== 0) throw this.#complaint();
    return this.#seen;
  }

  /** Asks the process to end, so that it leaves what it has to say, and waits for that. */
  async terminate(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#wait(() => false);
  }

  /** Waits until `found` or until there is nothing to wait for. */
  async #wait(found: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.#ended ??= `not there after ${this.#limits.timeoutSeconds} s`;
      this.#wake();
    }, this.#limits.timeoutSeconds * 1000);
    this.#wake = () => (found() || this.#ended !== undefined) && resolve();
    this.#wake();
    await promise;
    clearTimeout(timer);
  }

  #complaint(): Error {
    return new Error(`${this.#ended}: ${this.#seen.slice(-TAIL).trim().replaceAll(/\s+/g, ' ')}`);
  }

  type(text: string): void {
    this.#child.stdin.write(text);
  }

  /** What the process has used since it was started, once `text` is on the console. */
  async boot(text: string): Promise<Boot> {
    await this.until(text);
    const wallSeconds = (performance.now() - this.#started) / 1000;
    return { wallSeconds, ...(await this.usage()) };
  }

  usage(): Promise<Usage> {
    return usage(this.#child.pid!);
  }

  /** Runs a program `count` times its work. Throws a ProgramError when the program fails, an Error when the guest does. */
  async run(program: Program, count: number): Promise<Run> {
    const before = await this.usage();
    const start = performance.now();
    this.type([basename(binary(program)), ...program.arguments, count].join(' ') + '\n');
    const output = await this.until(FINISHED);
    const wallSeconds = (performance.now() - start) / 1000;
    const { cpuSeconds } = await this.usage();
    const [, status, accounted] = FINISHED.exec(output)!;
    const result = RESULT.exec(output);
    if (status !== '0' || result === null) throw new ProgramError(failure(Number(status), output));
    return {
      count,
      cpuSeconds: cpuSeconds - before.cpuSeconds,
      wallSeconds,
      guestSeconds: Number(result[2]) / 1e6,
      accountedSeconds: Number(accounted) / 1e6,
      checksum: Number(result[1]),
    };
  }

  /** The share of a processor that the waiting guest takes, over some seconds. */
  async idle(seconds: number): Promise<number> {
    const { signal } = this.#limits;
    const before = await this.usage();
    const start = performance.now();
    await delay(seconds * 1000, undefined, { signal });
    const after = await this.usage();
    return (after.cpuSeconds - before.cpuSeconds) / ((performance.now() - start) / 1000);
  }

  /** Kills the process and its descendants; neither shutting down nor a status plays a part. */
  close(): void {
    process.off('exit', this.#kill);
    this.#kill();
  }

  readonly #kill = () => {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
  };
}

/** Why a program failed, from its wait status (waitpid(2)) and what it said. */
function failure(status: number, output: string): string {
  const said = /failed (.*?) error=(\d+)\r?\n/.exec(output);
  if (said !== null)
    return Number(said[2]) === ENOSYS ? 'this kernel has no such call' : `${said[1]} fails: error ${said[2]}`;
  const signal = status & 0x7f;
  return signal ? (SIGNALS[signal] ?? `signal ${signal}`) : `status ${status >> 8}`;
}
