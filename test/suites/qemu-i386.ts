/**
 * QEMU's tests for i386: Linux programs, statically linked, that print what they compute. Each runs in the Debian guest
 * and on this machine, and must print the same.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { cpio } from '../../bench/debian/cpio.ts';
import { debianGuest, PROMPT, READY } from '../../bench/debian/guest.ts';
import { createMachine, type EngineOptions, type Machine } from '../../src/index.ts';
import type { Suite, Verdict } from './suite.ts';

const MEMORY = 512 << 20;
const FOLDER = 'suite';
/** Bound for what hangs, ms: translating every page of a kernel before it runs takes its time. */
const PATIENCE = 3_600_000;
const HASH = /\b[0-9a-f]{32}\b/;

/** Bytes of output that are worth having line by line when it is not what it should be. */
const READABLE = 1 << 20;

/** Shell commands: all that a program prints, and its exit status; the hash of that; the text, packed. */
const outputOf = (program: string): string => `(${program}; echo status $?) 2>&1`;
const hashOf = (program: string): string => `${outputOf(program)} | md5sum`;
const packedOutputOf = (program: string): string => `${outputOf(program)} | gzip -c | base64`;

const here = (command: string): string =>
  spawnSync('sh', ['-c', command], { encoding: 'latin1', maxBuffer: 1 << 28 }).stdout;

/** The lines that differ, in words. */
const compareLines = (expected: string, got: string): string => {
  const [a, b] = [expected.split('\n'), got.split('\n')];
  const different = a.flatMap((line, n) => (line === b[n] ? [] : [n]));
  const first = different[0] ?? a.length;
  const kinds = new Set(different.map((n) => a[n]!.split(' ')[0]));
  return `${different.length} of ${a.length} lines differ (${[...kinds].join(', ')}), first: ${a[first]} | ${b[first]}`;
};

/** The text of packedOutputOf, in which the command itself is echoed first. */
const unpacked = (printed: string): string => {
  const lines = printed.split(/\r?\n/).slice(1);
  return gunzipSync(Buffer.from(lines.join(''), 'base64')).toString('latin1');
};

/** The guest's console: types a command and gives what is printed up to the next prompt. */
class Shell {
  readonly #machine: Machine;
  #output = '';
  #changed = () => {};

  constructor(machine: Machine) {
    this.#machine = machine;
    machine.console.output.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString('latin1');
      this.#changed();
    });
  }

  /** Waits until the text has been printed; gives everything before it. Throws when it does not come. */
  async until(text: string): Promise<string> {
    const end = performance.now() + PATIENCE;
    while (!this.#output.includes(text)) {
      const left = end - performance.now();
      if (left <= 0) throw new Error(`the guest did not print '${text}' in time: ${this.#output.slice(-500)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const at = this.#output.indexOf(text);
    const before = this.#output.slice(0, at);
    this.#output = this.#output.slice(at + text.length);
    return before;
  }

  run(command: string): Promise<string> {
    this.#machine.console.input.write(`${command}\n`);
    return this.until(PROMPT);
  }
}

const boot = async (path: string, programs: readonly string[], engine: EngineOptions): Promise<Machine> => {
  const guest = await debianGuest();
  const files = programs.map((name) => {
    const data = readFileSync(join(path, name));
    return { kind: 'file', path: `${FOLDER}/${name}`, mode: 0o755, data } as const;
  });
  // Archives one behind the other are unpacked one over the other.
  const suite = gzipSync(cpio([{ kind: 'directory', path: FOLDER, mode: 0o755 }, ...files]));
  const initrd = Buffer.concat([readFileSync(guest.initrd), suite]);
  // Instructions are the clock: by the host's a slow engine would do little but serve the timer.
  const clock = { icount: true };
  return createMachine({
    kernel: guest.kernels['686'],
    initrd,
    append: 'console=ttyS0',
    memory: MEMORY,
    engine,
    ...clock,
  });
};

export const QEMU_I386: Suite = {
  path: 'a folder of statically linked programs',
  async *run(path, engine): AsyncIterable<Verdict> {
    const programs = readdirSync(path);
    const machine = await boot(path, programs, engine);
    const shell = new Shell(machine);
    const running = machine.run();
    await shell.until(READY);
    await shell.until(PROMPT);
    for (const name of programs) {
      const [own, guests] = [join(path, name), `/${FOLDER}/${name}`];
      const there = await shell.run(hashOf(guests));
      if (HASH.exec(here(hashOf(own)))![0] === HASH.exec(there)?.[0]) {
        yield { test: name, passed: true };
        continue;
      }
      const expected = here(outputOf(own));
      const detail =
        expected.length > READABLE
          ? 'prints something else than on this machine'
          : compareLines(expected, unpacked(await shell.run(packedOutputOf(guests))));
      yield { test: name, passed: false, detail };
    }
    await machine.stop();
    await running;
  },
};
