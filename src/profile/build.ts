/** From samples, counters and names to a profile. */
import type { Processor } from '../../runtime/processor.ts';
import { MODE } from '../../translator/layout.ts';
import type { KernelNames } from '../symbols/kernel-symbols.ts';
import { placeKey } from './frames.ts';
import { type Name, type Names, withOffset } from './names.ts';
import type { Cost, FunctionProfile, Profile, RegionProfile, StackNode } from './profile.ts';
import type { RegionRecord } from './region-records.ts';
import type { Sampler } from './sampler.ts';

export interface Findings {
  readonly cpu: Processor;
  readonly sampler: Sampler;
  readonly records: readonly RegionRecord[];
  readonly names: Names;
  readonly kernel: KernelNames;
  readonly exact: boolean;
}

type Sum = { -readonly [K in keyof Cost]: Cost[K] };
const nothing = (): Sum => ({ instructions: 0, translated: 0, samples: 0, seconds: 0 });
const add = (to: Sum, { instructions, translated, samples, seconds }: Cost): void => {
  to.instructions += instructions;
  to.translated += translated;
  to.samples += samples;
  to.seconds += seconds;
};

const functionKey = ({ module, name }: Pick<Name, 'module' | 'name'>): string => `${module}\0${name}`;

export const buildProfile = (findings: Findings): Profile => {
  const { cpu, kernel, exact } = findings;
  const stacks = namedStacks(findings);
  const functions = functionsOf(stacks);
  const total = functions.reduce((sum, f) => sum + f.samples, 0);
  return {
    exact,
    instructions: cpu.instructions,
    translated: cpu.translation.stats().instructions,
    samples: total,
    seconds: functions.reduce((sum, f) => sum + f.seconds, 0),
    symbols: kernel.source,
    warnings: kernel.warnings,
    functions,
    regions: regionsOf(findings),
    stacks,
  };
};

/** The tree of stacks with functions for places: those that are one function's are put together. */
const namedStacks = ({ sampler, names }: Findings): StackNode[] => {
  const { stacks, tallies } = sampler;
  const made: (StackNode & Sum)[] = [];
  const children = new Map<string, number>();
  const nodes = new Map<number, number>([[0, -1]]);
  const nodeOf = (node: number, isLeaf: boolean): number => {
    const known = nodes.get(node);
    if (known !== undefined && !isLeaf) return known;
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
    if (!isLeaf) nodes.set(node, number);
    return number;
  };
  for (const [node, { instructions, translated, samples, time }] of tallies)
    add(made[nodeOf(node, true)]!, { instructions, translated, samples, seconds: time / 1000 });
  return made;
};

const functionsOf = (stacks: readonly StackNode[]): FunctionProfile[] => {
  const sums = new Map<string, { module: string; name: string } & Sum>();
  for (const node of stacks) {
    if (node.samples === 0) continue;
    const key = functionKey(node);
    let sum = sums.get(key);
    if (!sum) sums.set(key, (sum = { module: node.module, name: node.name, ...nothing() }));
    add(sum, node);
  }
  const total = [...sums.values()].reduce((sum, { instructions }) => sum + instructions, 0);
  return [...sums.values()]
    .map((sum) => {
      const share = sum.instructions / total;
      return { ...sum, share, sampledShare: share, executions: undefined, exits: {} };
    })
    .sort((a, b) => b.instructions - a.instructions);
};

/** A region's place: of a program, or of the kernel. */
export const regionPlace = ({ request, contents }: RegionRecord): number => {
  const own = request.pages.findIndex(({ number }) => number === request.eip >>> 12);
  const address = request.eip >>> 0;
  return request.mode & MODE.user ? placeKey('user', address, contents[own]!) : placeKey('kernel', address, -1);
};

const regionsOf = ({ records, names, sampler }: Findings): RegionProfile[] => {
  const groups = new Map<string, number[]>();
  records.forEach((record, n) => {
    const key = `${regionPlace(record)},${record.request.mode},${record.region.size}`;
    groups.set(key, [...(groups.get(key) ?? []), n]);
  });
  const total = [...sampler.tallies.values()].reduce((sum, { instructions }) => sum + instructions, 0);
  return [...groups.values()]
    .map((numbers): RegionProfile => {
      const last = numbers[numbers.length - 1]!;
      const record = records[last]!;
      const name = names.of(regionPlace(record));
      const instructions = numbers.reduce((sum, n) => sum + records[n]!.sampled, 0);
      return {
        address: record.request.eip >>> 0,
        module: name.module,
        name: withOffset(name),
        size: record.region.size,
        translations: numbers.length,
        instructions,
        share: instructions / total,
        executions: undefined,
        exits: {},
        record: last,
        counts: new Map(),
      };
    })
    .sort((a, b) => b.instructions - a.instructions);
};
