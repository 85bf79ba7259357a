/** The parties that a sequence is tried on, each held against the interpreter. */
import { ARITHMETIC_FLAGS } from '../../translator/layout.ts';
import { allowed } from './allowances.ts';
import { differences } from './compare.ts';
import type { EmulatedCpu } from './emulated.ts';
import { CODE, HLT, type Outcome, type Start } from './layout.ts';
import type { RealCpu } from './real.ts';

export interface Opponent {
  readonly name: string;
  readonly translates: boolean;
  /** Undefined when no exception ends it in time. */
  run(start: Start): Outcome | undefined;
  /** What differs from the interpreter and may not. `outcome`: of a run before. */
  compare(start: Start, expected?: Outcome, outcome?: Outcome): string[];
}

/** `preciseFlags`: as the CPU was created. */
export const engineOpponent = (interpreter: EmulatedCpu, other: EmulatedCpu, preciseFlags: boolean): Opponent => ({
  name: preciseFlags ? other.engine : `${other.engine} without dead flags`,
  translates: true,
  run: (start) => other.run(start),
  compare(start, expected = interpreter.run(start), outcome = other.run(start)) {
    const interrupted = !expected || start.code[expected.eip - CODE] !== HLT;
    return differences(expected, outcome, { flags: !preciseFlags && interrupted ? ARITHMETIC_FLAGS : 0, status: 0 });
  },
});

export interface RealOpponent extends Opponent {
  /** Comparisons that said nothing: a result depended on what the manual leaves undefined. */
  readonly undecided: number;
}

export const realOpponent = (interpreter: EmulatedCpu, real: RealCpu): RealOpponent => {
  const run = (start: Start): Outcome => real.run([start])[0]!;
  let undecided = 0;
  return {
    get undecided() {
      return undecided;
    },
    name: 'real CPU',
    translates: false,
    run,
    compare(start, expected = interpreter.run(start), outcome?: Outcome) {
      if (!expected) return [];
      const found = outcome ?? run(start);
      if (differences(expected, found).length === 0) return [];
      // Only now what is undefined is looked for: that takes a run instruction by instruction.
      const undefinedNow = interpreter.analyse(start);
      if (!undefinedNow.defined) {
        undecided++;
        return [];
      }
      const last = interpreter.instruction();
      const different = differences(expected, found, undefinedNow);
      return different.length && allowed(expected, found, last) ? [] : different;
    },
  };
};
