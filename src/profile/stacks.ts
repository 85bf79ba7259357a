/** Call stacks of a profile, written out. */
import type { Profile, StackNode } from './profile.ts';

/** The name of a function with its program or kernel module, where it is not the kernel's own. */
export const frameName = ({ module, name }: Pick<StackNode, 'module' | 'name'>): string => {
  if (module === 'kernel' || name.includes(module)) return name;
  return module.startsWith('[') ? `${name} ${module}` : `${name} (${module})`;
};

/** Nodes that have costs of their own, each with its stack from the outermost function on, as positions. */
export function* leafStacks({ stacks }: Profile): Generator<{ node: StackNode; stack: number[] }> {
  for (let n = 0; n < stacks.length; n++) {
    const node = stacks[n]!;
    if (node.samples === 0) continue;
    const stack: number[] = [];
    for (let at = n; at >= 0; at = stacks[at]!.parent) stack.unshift(at);
    yield { node, stack };
  }
}

/** "outer;inner count" a line, the input of flame graph tools; a count is of instructions. */
export const collapsedStacks = (profile: Profile): string => {
  const lines: string[] = [];
  for (const { node, stack } of leafStacks(profile)) {
    const names = stack.map((n) => frameName(profile.stacks[n]!).replaceAll(';', ','));
    lines.push(`${[profile.stacks[stack[0]!]!.module, ...names].join(';')} ${node.instructions}\n`);
  }
  return lines.join('');
};
