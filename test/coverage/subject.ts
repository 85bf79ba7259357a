/** A processor that executes programs of one instruction, and what a guest sees of each. */
import { createHash } from 'node:crypto';
import { CPU_MODELS, type CpuModel, DEFAULT_CPU } from '../../runtime/control/models.ts';
import { loadCore } from '../../runtime/core-module.ts';
import { Processor } from '../../runtime/processor.ts';
import { translationFor } from '../../src/engine.ts';
import type { EngineOptions } from '../../src/index.ts';
import { STATE } from '../../translator/layout.ts';
import { NO_DEVICES } from '../runtime/flat-processor.ts';
import { CODE, MEMORY, type Program, prepare } from './setting.ts';

/** What one execution came to. */
export interface Execution {
  /** The exception that it raised. */
  readonly vector: number | undefined;
  /** A region did it. */
  readonly translated: boolean;
  /** Everything a guest can see, to compare. */
  readonly seen: string;
}

/** Instructions to run at most: the one, and HLT, with some to spare, as a region is not entered without. */
const ENOUGH = 16;

export class Subject {
  readonly #processor: Processor;
  #vector: number | undefined;

  private constructor(
    core: WebAssembly.Module,
    translation: Awaited<ReturnType<typeof translationFor>>,
    model: CpuModel,
  ) {
    this.#processor = new Processor({
      core,
      ramSize: MEMORY,
      board: NO_DEVICES,
      translation,
      model,
      interceptFault: (vector) => {
        // Behind the instruction it is HLT's, at level 3.
        if (this.#processor.state.get(STATE.eip) === CODE) this.#vector = vector;
        return true;
      },
    });
  }

  static async create(engine: EngineOptions, model: CpuModel = CPU_MODELS[DEFAULT_CPU]): Promise<Subject> {
    const translation = await translationFor(engine, { precise: true, levels: model.levels });
    return new Subject(await loadCore(), translation, model);
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
