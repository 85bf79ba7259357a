/** A disagreement, made as short as it gets and told with everything there is to know. */
import { minimize, report } from './compare.ts';
import type { Opponent } from './comparison.ts';
import type { EmulatedCpu } from './emulated.ts';
import type { Sequence } from './generator.ts';
import { wasmOf } from './wasm-text.ts';

export const reportShortest = (sequence: Sequence, interpreter: EmulatedCpu, opponent: Opponent): string => {
  const shortest = minimize(sequence, (start) => opponent.compare(start).length > 0);
  const { start } = shortest;
  const parties = [
    { name: 'interpreter', outcome: interpreter.run(start) },
    { name: opponent.name, outcome: opponent.run(start) },
  ] as const;
  return report(shortest, ...parties, opponent.compare(start), opponent.translates ? wasmOf(start) : '');
};
