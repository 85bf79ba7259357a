import { PassThrough, Writable } from 'node:stream';
import type { Host, InputStream } from '../../src/cli/host.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import { FakeMachine, type Script } from './fake-machine.ts';

/** A process around the command line, with a terminal when `terminal` is asked for. */
export class FakeHost implements Host {
  readonly stdin: InputStream = new PassThrough();
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Every mode the terminal was switched to, in order. */
  readonly modes: boolean[] = [];
  output = '';
  errors = '';
  machine: FakeMachine | undefined;
  readonly #script: Script;

  constructor(script: Script, { terminal = false } = {}) {
    this.#script = script;
    this.stdout = collector((text) => (this.output += text));
    this.stderr = collector((text) => (this.errors += text));
    if (terminal) {
      this.stdin.isTTY = true;
      this.stdin.setRawMode = (raw) => this.modes.push(raw);
    }
  }

  async createMachine(options: FakeMachine['options']): Promise<FakeMachine> {
    this.machine = new FakeMachine(options, this.#script);
    return this.machine;
  }

  type(text: string): void {
    (this.stdin as PassThrough).write(text);
  }

  run(...args: string[]): Promise<number> {
    return runCommandLine(args, this);
  }
}

function collector(add: (text: string) => void): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      add(String(chunk));
      done();
    },
  });
}
