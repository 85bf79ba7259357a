/** Medians of the samples and their ratios to the first peer. */
import type { Sample } from './measure.ts';

/** Middle value; the mean of the two middle ones when there is an even number. `values` must not be empty. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export interface Summary extends Sample {
  rounds: number;
}

/** Median of each quantity by itself. */
export function summarize(samples: readonly Sample[]): Summary {
  const of = (quantity: keyof Sample) => median(samples.map((sample) => sample[quantity]));
  return {
    rounds: samples.length,
    cpuSeconds: of('cpuSeconds'),
    wallSeconds: of('wallSeconds'),
    peakRssBytes: of('peakRssBytes'),
  };
}
