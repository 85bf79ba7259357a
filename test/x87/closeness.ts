/** How close results must come to the true values, over random trials. */
import { expect } from 'vitest';
import { type Extended, hexOf } from './fpu.ts';
import { type Random, random } from './random.ts';

/** Correct rounding leaves half a unit; what the intermediate precision adds is far below this. */
export const ALLOWED = 0.501;

export interface Trial<Truth> {
  readonly text: string;
  readonly got: Extended;
  readonly truth: Truth;
}

/** Makes `count` trials; `error` gives the distance in units of the last place of what was got. */
export const closenessTo =
  <Truth>(error: (got: Extended, truth: Truth) => number, count: number) =>
  (seed: number, trial: (r: Random) => Trial<Truth>): void => {
    const r = random(seed);
    const bad: string[] = [];
    for (let n = 0; n < count; n++) {
      const { text, got, truth } = trial(r);
      const ulps = error(got, truth);
      if (ulps > ALLOWED) bad.push(`${text} → ${hexOf(got)}: ${ulps} ulp`);
    }
    expect(bad).toEqual([]);
  };
