/** From samples, counters and names to a profile. */
import type { Processor } from '../../runtime/processor.ts';
import type { TranslationOptions } from '../../translator/region/request.ts';
import type { KernelNames } from '../symbols/kernel-symbols.ts';
import type { InterpreterCounts } from './interpreter-counts.ts';
import { type Name, type Names, withOffset } from './names.ts';
import type { PageStore } from './page-store.ts';
import type {
  BoundCallProfile,
  Cost,
  ExitReason,
  FunctionProfile,
  Profile,
  RegionProfile,
  StackNode,
} from './profile.ts';
import { type RegionCounts, readCounters } from './region-counts.ts';
import { placeIn, type RegionRecord, translationContents } from './region-records.ts';
import type { Sampler } from './sampler.ts';

export interface Findings {
  readonly cpu: Processor;
  readonly sampler: Sampler;
  readonly records: readonly RegionRecord[];
  readonly pages: PageStore;
  readonly names: Names;
  readonly kernel: KernelNames;
  /** How regions were translated, but for counters. */
  readonly translation: TranslationOptions;
  /** In exact profiles. */
  readonly interpreted: InterpreterCounts | undefined;
}

type Sum = { -readonly [K in keyof Cost]: Cost[K] };
const nothing = (): Sum => ({ instructions: 0, translated: 0, samples: 0, seconds: 0 });
const add = (to: Sum, { instructions, translated, samples, seconds }: Cost): void => {
  to.instructions += instructions;
  to.translated += translated;
  to.samples += samples;
  to.seconds += seconds;
};
const total = <T>(list: Iterable<T>, of: (one: T) => number): number => {
  let sum = 0;
  for (const one of list) sum += of(one);
  return sum;
};

const functionKey = ({ module, name }: Pick<Name, 'module' | 'name'>): string => `${module}\0${name}`;

export const buildProfile = (findings: Findings): Profile => {
  const { cpu, kernel, interpreted, records, pages, translation } = findings;
  const stacks = namedStacks(findings);
  const counts = interpreted && records.map((record) => readCounters(record, pages, translation));
  return {
    exact: counts !== undefined,
    instructions: cpu.instructions,
    translated: cpu.translation.stats().instructions,
    samples: total(stacks, ({ samples }) => samples),
    seconds: total(stacks, ({ seconds }) => seconds),
    symbols: kernel.source,
    warnings: kernel.warnings,
    functions: functionsOf(findings, stacks, counts),
    regions: regionsOf(findings, counts),
    stacks,
  };
};

/** The tree of stacks with functions for places: those that are one function's are put together. */
const namedStacks = ({ sampler, names }: Findings): StackNode[] => {
  const { stacks, tallies } = sampler;
  const made: (StackNode & Sum)[] = [];
  const children = new Map<string, number>();
  const callers = new Map<number, number>([[0, -1]]);
  const nodeOf = (node: number, isLeaf: boolean): number => {
    const known = isLeaf ? undefined : callers.get(node);
    if (known !== undefined) return known;
    const parent = nodeOf(stacks.parents[node]!, false);
    const name = names.of(stacks.places[node]!);
    // A caller without a name is a mistake of the walk more often than not.
    if (!name.known && !isLeaf) return parent;
    const key = `${parent}\0${functionKey(name)}`;
    let number = children.get(key);
    if (number === undefined) {
      number = made.push({ parent, module: name.module, name: name.name, ...nothing() }) - 1;
      children.set(key, number);
    }
    if (!isLeaf) callers.set(node, number);
    return number;
  };
  for (const [node, { instructions, translated, samples, time }] of tallies)
    add(made[nodeOf(node, true)]!, { instructions, translated, samples, seconds: time / 1000 });
  return made;
};

interface FunctionSum extends Sum {
  readonly module: string;
  readonly name: string;
  sampled: number;
  executions: number;
  readonly exits: Map<ExitReason, number>;
}

class FunctionSums {
  readonly #sums = new Map<string, FunctionSum>();

  of({ module, name }: Pick<Name, 'module' | 'name'>): FunctionSum {
    const key = functionKey({ module, name });
    let sum = this.#sums.get(key);
    if (!sum) {
      sum = { module, name, ...nothing(), sampled: 0, executions: 0, exits: new Map() };
      this.#sums.set(key, sum);
    }
    return sum;
  }

  values(): FunctionSum[] {
    return [...this.#sums.values()];
  }
}

const functionsOf = (
  findings: Findings,
  stacks: readonly StackNode[],
  counts: readonly RegionCounts[] | undefined,
): FunctionProfile[] => {
  const sums = new FunctionSums();
  for (const node of stacks) {
    if (node.samples === 0) continue;
    const sum = sums.of(node);
    add(sum, node);
    sum.sampled += node.instructions;
  }
  if (counts) putCounts(findings, sums, counts);
  const values = sums.values();
  const all = total(values, ({ instructions }) => instructions) || 1;
  const allSampled = total(values, ({ sampled }) => sampled) || 1;
  return values
    .map(({ sampled, executions, exits, ...cost }) => ({
      ...cost,
      share: cost.instructions / all,
      sampledShare: sampled / allSampled,
      executions: counts && executions,
      exits: Object.fromEntries(exits),
    }))
    .sort((a, b) => b.instructions - a.instructions);
};

/** Puts counts in the place of what samples stand for. */
const putCounts = ({ records, names, interpreted }: Findings, sums: FunctionSums, counts: readonly RegionCounts[]) => {
  for (const sum of sums.values()) {
    sum.instructions = 0;
    sum.translated = 0;
  }
  for (const [place, count] of interpreted!.entries()) sums.of(names.of(place)).instructions += count;
  records.forEach((record, n) => {
    const { executions, instructions, exits } = counts[n]!;
    for (const [eip, count] of instructions) {
      if (count === 0) continue;
      const sum = sums.of(names.of(placeIn(record, eip)));
      sum.instructions += count;
      sum.translated += count;
    }
    if (executions === 0) return;
    const home = sums.of(names.of(placeIn(record, record.request.eip)));
    home.executions += executions;
    for (const [reason, count] of exits) home.exits.set(reason, (home.exits.get(reason) ?? 0) + count);
  });
};

/** Regions made again and again from the same code are one. */
const regionsOf = (findings: Findings, counts: readonly RegionCounts[] | undefined): RegionProfile[] => {
  const { records, names, sampler, cpu } = findings;
  const groups = new Map<string, number[]>();
  records.forEach((record, n) => {
    const key = `${placeIn(record, record.request.eip)},${record.request.mode},${record.region.size}`;
    groups.set(key, [...(groups.get(key) ?? []), n]);
  });
  const all = counts ? cpu.instructions : total(sampler.tallies.values(), ({ instructions }) => instructions);
  return [...groups.values()]
    .map((numbers): RegionProfile => {
      const record = records[numbers[numbers.length - 1]!]!;
      const name = names.of(placeIn(record, record.request.eip));
      const counted = counts && sumOf(numbers.map((n) => counts[n]!));
      const byEip = counted?.instructions ?? merged(numbers.map((n) => records[n]!.sampled));
      const instructions = total(byEip.values(), (count) => count);
      return {
        address: record.request.eip >>> 0,
        module: name.module,
        name: withOffset(name),
        size: record.region.size,
        translations: numbers.length,
        instructions,
        share: instructions / (all || 1),
        executions: counted?.executions,
        exits: Object.fromEntries(counted?.exits ?? []),
        bound: boundCalls(record, findings),
        list: () => listing(record, findings),
        counts: new Map([...byEip].map(([eip, count]) => [eip >>> 0, count])),
      };
    })
    .sort((a, b) => b.instructions - a.instructions);
};

const boundCalls = ({ region }: RegionRecord, { cpu, translation }: Findings): BoundCallProfile[] =>
  region.bound.map(([eip, name]) => {
    const call = translation.hostCalls?.find((one) => one.name === name);
    const imported = cpu.hostFunctions.inCore.has(name) ? 'function of the core module' : 'JavaScript function';
    return { address: eip >>> 0, name, how: call?.inlined ? 'in line' : imported };
  });

/** Translates a region again, from what it was made from, as text. Loads the translator if it runs in a worker. */
const listing = async (record: RegionRecord, { pages, translation }: Findings) => {
  const { listRegion } = await import('../../translator/region/listing.ts');
  return listRegion(record.request, translationContents(record, pages), translation);
};

const merged = <K>(maps: readonly ReadonlyMap<K, number>[]): Map<K, number> => {
  const sum = new Map<K, number>();
  for (const map of maps) for (const [key, count] of map) sum.set(key, (sum.get(key) ?? 0) + count);
  return sum;
};

const sumOf = (all: readonly RegionCounts[]): RegionCounts => ({
  executions: total(all, ({ executions }) => executions),
  instructions: merged(all.map(({ instructions }) => instructions)),
  exits: merged(all.map(({ exits }) => exits)),
});
