import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Machine, MachineEvents, MachineOptions, Outcome, Stats } from '../../src/machine/api.ts';
import type { Profile } from '../../src/profile/profile.ts';

/** What a fake guest does when it runs; the run lasts as long. Without a result it has powered off. */
export type Script = (machine: FakeMachine) => Promise<Outcome | undefined>;

/** A machine whose guest is a script of the test. */
export class FakeMachine extends EventEmitter<MachineEvents> implements Machine {
  readonly console = { input: new PassThrough(), output: new PassThrough() };
  /** Another device with `console: 'virtio'`. */
  readonly serial: FakeMachine['console'];
  readonly options: MachineOptions;
  stops = 0;
  readonly #script: Script;
  readonly #stopped = Promise.withResolvers<Outcome>();

  constructor(options: MachineOptions, script: Script) {
    super();
    this.options = options;
    this.serial = options.console === 'virtio' ? { input: new PassThrough(), output: new PassThrough() } : this.console;
    this.#script = script;
  }

  async run(): Promise<Outcome> {
    const outcome = this.#script(this).then((result) => result ?? { reason: 'poweroff' as const });
    return Promise.race([outcome, this.#stopped.promise]);
  }

  pause(): void {}

  async stop(): Promise<void> {
    this.stops++;
    this.#stopped.resolve({ reason: 'stopped' });
    this.console.output.end();
    this.serial.output.end();
  }

  stats(): Stats {
    return {
      instructions: { interpreter: 12, translated: 34 },
      regions: 0,
      modules: 0,
      codeBytes: 0,
      compileSeconds: 0,
      transfers: 0,
      invalidations: 0,
      tlbMisses: 0,
      exceptions: { 14: 5 },
      guestSeconds: 1.5,
      idleSeconds: 0.25,
      cpuSeconds: 0.5,
      peakRss: 1000,
      counters: {},
    };
  }

  profile(): Profile {
    throw new Error('no fake profile');
  }

  print(text: string): void {
    this.console.output.write(text);
  }

  /** Resolves when the guest has been typed this much. */
  async typed(length: number): Promise<string> {
    let text = '';
    for await (const chunk of this.console.input.iterator({ destroyOnReturn: false })) {
      text += chunk;
      if (text.length >= length) break;
    }
    return text;
  }
}

/** A guest that runs until it is stopped. */
export const runsForever: Script = () => new Promise(() => {});
