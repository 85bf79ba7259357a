/**
 * Every line of the opcode table is executed in both bindings: by the interpreters, and in a translated region or,
 * where the runtime executes it, between two regions. Both must give the same state.
 */
import { createHash } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { loadCore } from '../../runtime/core-module.ts';
import { Processor } from '../../runtime/processor.ts';
import { translationFor } from '../../src/engine.ts';
import type { EngineOptions } from '../../src/index.ts';
import type { Line } from '../../translator/isa/line.ts';
import { TABLE } from '../../translator/isa/table.ts';
import { STATE } from '../../translator/layout.ts';
import { NO_DEVICES } from '../runtime/flat-processor.ts';
import { CODE, MEMORY, type Program, prepare, programsOf } from './setting.ts';

/** What one execution came to. */
interface Execution {
  /** The exception that it raised. */
  readonly vector: number | undefined;
  /** A region did it. */
  readonly translated: boolean;
  /** Everything a guest can see, to compare. */
  readonly seen: string;
}

/** Instructions to run at most: the one, and HLT, with some to spare, as a region is not entered without. */
const ENOUGH = 16;

class Subject {
  readonly #processor: Processor;
  #vector: number | undefined;

  private constructor(core: WebAssembly.Module, translation: Awaited<ReturnType<typeof translationFor>>) {
    this.#processor = new Processor({
      core,
      ramSize: MEMORY,
      board: NO_DEVICES,
      translation,
      interceptFault: (vector) => {
        // Behind the instruction it is HLT's, at level 3.
        if (this.#processor.state.get(STATE.eip) === CODE) this.#vector = vector;
        return true;
      },
    });
  }

  static async create(engine: EngineOptions): Promise<Subject> {
    return new Subject(await loadCore(), await translationFor(engine, { precise: true }));
  }

  execute(program: Program, warm: boolean): Execution {
    const processor = this.#processor;
    prepare(processor, program, warm);
    this.#vector = undefined;
    const before = processor.translatedInstructions;
    processor.run(ENOUGH);
    return { vector: this.#vector, translated: processor.translatedInstructions > before, seen: this.#seen() };
  }

  #seen(): string {
    const { state } = this.#processor;
    const words = (from: number, bytes: number): string =>
      Buffer.from(state.buffer.slice(from, from + bytes)).toString('hex');
    return [
      words(STATE.gpr, STATE.flagCarryA - STATE.gpr),
      this.#processor.readEflags().toString(16),
      words(STATE.segments, STATE.carryPairs - STATE.segments),
      `memory ${createHash('sha1').update(state.ram).digest('hex')}`,
    ].join('\n');
  }
}

let interpreter: Subject;
let regions: Subject;
beforeAll(async () => {
  interpreter = await Subject.create({ jit: false });
  regions = await Subject.create({ threshold: 0, regionLimit: 1 });
});

type Binding = 'open' | 'closed';

/** The bindings that execute a line, over all its programs. A program that raises something else covers nothing. */
const bindingsOf = (line: Line): Set<Binding> => {
  const bindings = new Set<Binding>();
  for (const program of programsOf(line)) {
    // The complete interpreter, the hot one where it has the line, and regions.
    const complete = interpreter.execute(program, false);
    const open = interpreter.execute(program, true);
    const closed = regions.execute(program, true);
    expect(open.seen, program.name).toBe(complete.seen);
    expect(closed.seen, program.name).toBe(complete.seen);
    if (open.vector === program.raises) bindings.add('open');
    if (closed.vector === program.raises && (closed.translated || !line.inline)) bindings.add('closed');
  }
  return bindings;
};

/** Room for a busy machine, ms. */
const PATIENCE = 300_000;

test(
  'every line of the opcode table is executed in both bindings, with the same result',
  () => {
    const uncovered = TABLE.flatMap((line) => {
      const bindings = bindingsOf(line);
      const missing = (['open', 'closed'] as const).filter((binding) => !bindings.has(binding));
      return missing.map(
        (binding) => `${line.mnemonic} ${line.operands.join(',')} (${line.opcode.toString(16)}): ${binding}`,
      );
    });
    console.log(`${TABLE.length} lines; not executed: ${uncovered.join('; ') || 'none'}`);
    expect(uncovered).toEqual([]);
  },
  PATIENCE,
);
