/** speedscope's own file format; source: file-format-schema.json of that tool. */
import type { Profile } from './profile.ts';
import { frameName, leafStacks } from './stacks.ts';

const SCHEMA = 'https://www.speedscope.app/file-format-schema.json';

/** Two profiles of the same stacks: by instructions, and by host time. */
export const speedscopeFile = (profile: Profile, name: string): string => {
  const numbers = new Map<string, number>();
  const frames: { name: string; file: string }[] = [];
  const frameOf = (n: number): number => {
    const node = profile.stacks[n]!;
    const key = `${node.module}\0${node.name}`;
    let number = numbers.get(key);
    if (number === undefined) {
      number = frames.push({ name: frameName(node), file: node.module }) - 1;
      numbers.set(key, number);
    }
    return number;
  };
  const leaves = [...leafStacks(profile)];
  const samples = leaves.map(({ stack }) => stack.map(frameOf));
  const sampled = (title: string, unit: string, weights: readonly number[]) => ({
    type: 'sampled',
    name: `${name}: ${title}`,
    unit,
    startValue: 0,
    endValue: weights.reduce((sum, weight) => sum + weight, 0),
    samples,
    weights,
  });
  return JSON.stringify({
    $schema: SCHEMA,
    exporter: 'vmi86',
    name,
    activeProfileIndex: 0,
    shared: { frames },
    profiles: [
      sampled(
        'instructions',
        'none',
        leaves.map(({ node }) => node.instructions),
      ),
      sampled(
        'host time',
        'seconds',
        leaves.map(({ node }) => node.seconds),
      ),
    ],
  });
};
