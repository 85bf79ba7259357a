/**
 * Generated sequences through every engine and, where the machine runs 32-bit code, its own CPU.
 *
 * VMI86_DIFFERENTIAL=seed,count runs other sequences than the usual ones.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode } from '../../translator/isa/decoder.ts';
import type { Line } from '../../translator/isa/line.ts';
import { skipBecause } from '../support/tools.ts';
import { engineOpponent, type Opponent, realOpponent } from './comparison.ts';
import { EmulatedCpu } from './emulated.ts';
import { generate, type Sequence } from './generator.ts';
import type { Outcome, Start } from './layout.ts';
import { EXCLUDED, ORDINARY } from './lines.ts';
import { meetsHelper, realCpu } from './real.ts';
import { reportShortest } from './shortest.ts';

const [SEED, COUNT] = (process.env['VMI86_DIFFERENTIAL'] ?? '0,1000').split(',').map(Number) as [number, number];
/** Enough to see what they have in common. */
const REPORTED = 3;
/** Room for a busy machine, in ms. */
const PATIENCE = 180_000;

let interpreter: EmulatedCpu;
let sequences: Sequence[];

beforeAll(async () => {
  interpreter = await EmulatedCpu.create('interpreter');
  sequences = Array.from({ length: COUNT }, (_, n) => generate(SEED + n, interpreter)).filter(({ start }) => {
    const outcome = interpreter.run(start);
    return outcome && !meetsHelper(outcome);
  });
}, PATIENCE);
afterAll(() => interpreter.close());

/** Lines of the table that the sequences have, executed or jumped over. */
const linesUsed = (): Set<Line> => {
  const used = new Set<Line>();
  for (const { items } of sequences) {
    const code = items.flat();
    for (let at = 0; at < code.length; ) {
      const found = decode((index) => code[at + index] ?? 0, 32);
      if (typeof found !== 'string') used.add(found.line);
      at += typeof found === 'string' ? 1 : found.length;
    }
  }
  return used;
};

test('sequences mostly end, and use what the table has', () => {
  expect(sequences.length).toBeGreaterThan(0.95 * COUNT);
  const used = linesUsed();
  const missing = ORDINARY.filter((line) => !used.has(line));
  if (COUNT >= 1000) expect(missing.length).toBeLessThan(0.02 * ORDINARY.length);
  const excluded = EXCLUDED.map(({ reason }) => `  not generated: ${reason}`).join('\n');
  console.log(`${sequences.length} sequences of seeds from ${SEED} on, ${used.size} lines of the table\n${excluded}`);
});

/** Reports of the first disagreements, each as short as it gets. `outcomes`: of runs before. */
const disagreements = (opponent: Opponent, outcomes = new Map<Start, Outcome>()): string =>
  sequences
    .filter(({ start }) => opponent.compare(start, undefined, outcomes.get(start)).length > 0)
    .slice(0, REPORTED)
    .map((sequence) => reportShortest(sequence, interpreter, opponent))
    .join('\n');

describe.each([
  { engine: 'translator', preciseFlags: true },
  { engine: 'single', preciseFlags: true },
  { engine: 'wide', preciseFlags: true },
  { engine: 'patient', preciseFlags: true },
  { engine: 'translator', preciseFlags: false },
  { engine: 'wide', preciseFlags: false },
] as const)('$engine, all flags at exceptions: $preciseFlags', ({ engine, preciseFlags }) => {
  test(
    'agrees with the interpreter',
    async () => {
      const other = await EmulatedCpu.create(engine, preciseFlags);
      expect(disagreements(engineOpponent(interpreter, other, preciseFlags))).toBe('');
      await other.close();
    },
    PATIENCE,
  );
});

describe('the real CPU', () => {
  const real = realCpu();
  const skipped = skipBecause(real ? undefined : 'differential: this machine cannot build or run 32-bit programs');
  afterAll(() => real?.close());

  test.skipIf(skipped)(
    'agrees with the interpreter',
    () => {
      const starts = sequences.map(({ start }) => start);
      const outcomes = real!.run(starts);
      const known = new Map(starts.map((start, n) => [start, outcomes[n]!]));
      expect(disagreements(realOpponent(interpreter, real!), known)).toBe('');
    },
    PATIENCE,
  );
});
