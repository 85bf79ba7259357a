/**
 * A fuzzing campaign: sequence after sequence, each from several starts, on the real CPU where there is one and on
 * every engine, until the time is up or enough disagreements are found.
 */
import { Random } from '../support/random.ts';
import { engineOpponent, type Opponent, realOpponent } from './comparison.ts';
import { EmulatedCpu } from './emulated.ts';
import { generate, type Sequence, variant } from './generator.ts';
import type { Outcome } from './layout.ts';
import { meetsHelper, realCpu } from './real.ts';
import { reportShortest } from './shortest.ts';

export interface CampaignOptions {
  /** Of the first sequence; those that follow count up. */
  readonly seed: number;
  /** Sequences at most. */
  readonly count: number;
  readonly seconds: number;
  /** Disagreements after which it ends. */
  readonly most: number;
  readonly progress?: (soFar: Tally) => void;
}

export interface Tally {
  /** Sequences generated, and starts that they were executed from. */
  readonly sequences: number;
  readonly starts: number;
  /** From those starts, by the interpreter; every other party has executed the same again. */
  readonly instructions: number;
  /** Starts with which the real CPU's result could not be held against: it depends on something undefined. */
  readonly undecided: number;
  /** Names of those that the interpreter was held against. */
  readonly parties: readonly string[];
  /** What disagreed: each made short, with all there is to know. */
  readonly reports: readonly string[];
}

/** Sequences between two looks at the clock; they go to the real CPU together. */
const BATCH = 100;
const STARTS = 8;

interface Trial {
  readonly sequence: Sequence;
  readonly expected: Outcome;
  /** Executed for it. */
  readonly instructions: number;
}

/** Sequence by number, from its own start and from others. What does not end, or no real CPU can run, is left out. */
const trialsOf = (seed: number, interpreter: EmulatedCpu): Trial[] => {
  const sequence = generate(seed, interpreter);
  const random = new Random(~seed);
  const others = Array.from({ length: STARTS - 1 }, () => variant(sequence.start, random));
  return [sequence.start, ...others].flatMap((start) => {
    const before = interpreter.cpu.instructions;
    const expected = interpreter.run(start);
    if (!expected || meetsHelper(expected)) return [];
    return [{ sequence: { ...sequence, start }, expected, instructions: interpreter.cpu.instructions - before }];
  });
};

/** In one line. */
export const describeTally = ({ sequences, starts, instructions, undecided, reports, parties }: Tally): string =>
  `${sequences} sequences from ${starts} starts (${undecided} undecided), ${instructions} instructions, ` +
  `${reports.length} disagreements; the interpreter against: ${parties.join(', ')}`;

export const campaign = async (options: CampaignOptions): Promise<Tally> => {
  const interpreter = await EmulatedCpu.create('interpreter');
  const precise = [await EmulatedCpu.create('translator'), await EmulatedCpu.create('single')];
  const usual = await Promise.all(
    (['translator', 'wide', 'patient'] as const).map((engine) => EmulatedCpu.create(engine, false)),
  );
  const engines = [
    ...precise.map((engine) => engineOpponent(interpreter, engine, true)),
    ...usual.map((engine) => engineOpponent(interpreter, engine, false)),
  ];
  const real = realCpu();
  const silicon = real && realOpponent(interpreter, real);
  const reports: string[] = [];
  const total = { sequences: 0, starts: 0, instructions: 0 };
  const tally = (): Tally => ({
    ...total,
    undecided: silicon?.undecided ?? 0,
    parties: [...engines, ...(silicon ? [silicon] : [])].map(({ name }) => name),
    reports,
  });
  const check = (opponent: Opponent, { sequence, expected }: Trial, outcome?: Outcome): void => {
    if (opponent.compare(sequence.start, expected, outcome).length === 0) return;
    if (reports.length < options.most) reports.push(reportShortest(sequence, interpreter, opponent));
  };

  const deadline = performance.now() + options.seconds * 1000;
  while (total.sequences < options.count && reports.length < options.most && performance.now() < deadline) {
    const trials: Trial[] = [];
    for (let n = Math.min(BATCH, options.count - total.sequences); n > 0; n--) {
      trials.push(...trialsOf(options.seed + total.sequences, interpreter));
      total.sequences++;
    }
    total.instructions += trials.reduce((sum, { instructions }) => sum + instructions, 0);
    total.starts += trials.length;
    const outcomes = real?.run(trials.map(({ sequence }) => sequence.start));
    for (const [n, trial] of trials.entries()) {
      for (const engine of engines) check(engine, trial);
      if (silicon) check(silicon, trial, outcomes![n]!);
    }
    options.progress?.(tally());
  }
  real?.close();
  await Promise.all([interpreter, ...precise, ...usual].map((cpu) => cpu.close()));
  return tally();
};
