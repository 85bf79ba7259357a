/**
 * Finds the instruction after which two engines disagree about one guest. Machines whose time counts instructions can
 * be advanced to the same instruction, where all that a guest sees must be the same.
 *
 *     node test/support/compare-engines.ts '{"threshold":20,"synchronous":true}' '{"jit":false}' --kernel vmlinuz …
 */
import { createHash } from 'node:crypto';
import { Command } from 'commander';
import { type EngineOptions, type MachineOptions, MEMORY_LIMITS } from '../../src/index.ts';
import { createPc, type Pc } from '../../src/machine/pc.ts';
import { specifyMachine } from '../../src/machine/specification.ts';
import { ARITHMETIC_FLAGS, GPR_NAMES, SEGMENT_NAMES, STATE } from '../../translator/layout.ts';

/** Values by name, and what has been printed. */
export type Snapshot = Readonly<Record<string, number | string>>;

export interface Difference {
  /** Instructions executed when the difference was first seen; there was none `resolution` instructions earlier. */
  readonly instructions: number;
  readonly resolution: number;
  /** The values that differ, in the order of the machines. */
  readonly values: Readonly<Record<string, readonly [number | string, number | string]>>;
}

export interface Bounds {
  /** Where to start and to end, in instructions since power on. */
  readonly from?: number;
  readonly to: number;
  /** Instructions between two looks. A difference is then looked for again, more closely. */
  readonly step: number;
}

/** How much closer each further look is. */
const ZOOM = 50;

const CONTROL = { eip: STATE.eip, cr0: STATE.cr0, cr2: STATE.cr2, cr3: STATE.cr3, cr4: STATE.cr4 } as const;

class Subject {
  readonly machine: Pc;
  #output = '';

  private constructor(machine: Pc) {
    this.machine = machine;
    machine.console.output.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString('latin1');
    });
  }

  static async create(options: MachineOptions): Promise<Subject> {
    return new Subject(await createPc(specifyMachine({ ...options, icount: true })));
  }

  /** Without the arithmetic flags: a region need not keep those that nobody will read. */
  snapshot(): Snapshot {
    const { processor } = this.machine;
    const { state } = processor;
    const values: Record<string, number | string> = {
      instructions: processor.instructions,
      eflags: processor.readEflags() & ~ARITHMETIC_FLAGS,
      console: this.#output,
    };
    GPR_NAMES.forEach((name, index) => {
      values[name] = state.gpr(index) >>> 0;
    });
    for (const [name, offset] of Object.entries(CONTROL)) values[name] = state.get(offset) >>> 0;
    SEGMENT_NAMES.forEach((name, index) => {
      values[name] = state.selector(index);
      values[`${name}.base`] = state.segBase(index) >>> 0;
    });
    return values;
  }
}

const differences = (a: Snapshot, b: Snapshot): Difference['values'] =>
  Object.fromEntries(Object.keys(a).flatMap((name) => (a[name] === b[name] ? [] : [[name, [a[name]!, b[name]!]]])));

/** Takes both machines from look to look. The last look is at `to`, or where the guest ended itself. */
const look = async (pair: readonly Subject[], { from = 0, to, step }: Bounds): Promise<Difference | undefined> => {
  for (let target = from; ; target = Math.min(to, target + step)) {
    for (const { machine } of pair) machine.advance(target);
    // The console's streams get a turn.
    await new Promise((resolve) => setImmediate(resolve));
    const [a, b] = pair.map((subject) => subject.snapshot());
    const values = differences(a!, b!);
    if (Object.keys(values).length > 0) return { instructions: target, resolution: step, values };
    if (target >= to || (a!['instructions'] as number) < target) return undefined;
  }
};

/**
 * The first difference between two machines, down to one instruction; undefined when there is none.
 * @param finished gets both machines' final values when they agree to the end
 */
export const compareMachines = async (
  options: readonly [MachineOptions, MachineOptions],
  bounds: Bounds,
  finished: (values: Snapshot) => void = () => {},
): Promise<Difference | undefined> => {
  const pair = await Promise.all(options.map(Subject.create));
  try {
    const found = await look(pair, bounds);
    if (!found) {
      finished({ ...pair[0]!.snapshot(), memory: memoryOf(pair[0]!), otherMemory: memoryOf(pair[1]!) });
      return undefined;
    }
    if (found.resolution === 1) return found;
    const { instructions, resolution } = found;
    const from = Math.max(0, instructions - resolution);
    const closer = { from, to: instructions, step: Math.ceil(resolution / ZOOM) };
    // Nothing found again: a matter of chance, such as when a worker was done.
    return (await compareMachines(options, closer)) ?? found;
  } finally {
    for (const { machine } of pair) await machine.stop();
  }
};

const memoryOf = ({ machine }: Subject): string => createHash('md5').update(machine.processor.state.ram).digest('hex');

/** compareMachines with one guest and two engines. */
export const compareEngines = (
  guest: MachineOptions,
  [a, b]: readonly [EngineOptions, EngineOptions],
  bounds: Bounds,
  finished?: (values: Snapshot) => void,
): Promise<Difference | undefined> =>
  compareMachines(
    [
      { ...guest, engine: a },
      { ...guest, engine: b },
    ],
    bounds,
    finished,
  );

const describe = (value: number | string): string =>
  typeof value === 'number' ? value.toString(16) : JSON.stringify(value.slice(-200));

async function main(): Promise<void> {
  const command = new Command('compare-engines')
    .argument('<engine>', 'engine options as JSON, such as \'{"threshold":20}\'', JSON.parse)
    .argument('<other>', 'those of the other machine', JSON.parse)
    .option('--kernel <file>')
    .option('--initrd <file>')
    .option('--append <text>')
    .option('--memory <bytes>', 'guest memory', Number, MEMORY_LIMITS.usual)
    .option('--from <n>', 'instructions before the first look', Number, 0)
    .option('--to <n>', 'instructions before the last look', Number, 10e9)
    .option('--step <n>', 'instructions between two looks', Number, 20e6)
    .parse();
  const { from, to, step, ...guest } = command.opts();
  const [a, b] = command.processedArgs as [EngineOptions, EngineOptions];
  const found = await compareEngines(guest, [a, b], { from, to, step });
  if (!found) return console.log('no difference');
  console.log(`after ${found.instructions} instructions, and not ${found.resolution} before:`);
  for (const [name, [x, y]] of Object.entries(found.values)) console.log(`${name}: ${describe(x)} | ${describe(y)}`);
  process.exitCode = 1;
}

if (import.meta.main) await main();
