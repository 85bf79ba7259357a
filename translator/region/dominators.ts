/**
 * Order and dominators of a region's blocks, with irreducible edges cut: what structured control flow is made from.
 * Dominators after Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm".
 */
import { type Block, fuelOf, type Graph, type Key } from './graph.ts';

export interface Flow {
  /** Blocks in reverse postorder, the entry first. */
  readonly order: readonly Block[];
  /** Position in `order`. */
  readonly number: ReadonlyMap<Key, number>;
  /** Children in the dominator tree, by position, in reverse postorder. */
  readonly children: readonly (readonly number[])[];
  /** Targets of back edges, and of several forward edges. */
  readonly isLoop: readonly boolean[];
  readonly isMerge: readonly boolean[];
  /** Edges that must leave the region, as `from * size + to`: retreating, and the target does not dominate. */
  readonly cut: ReadonlySet<number>;
  /** EIPs outside at which it is expected to go on. */
  readonly elsewhere: ReadonlySet<number>;
}

/** By position: where control goes on within the region. */
export const successorsOf = ({ order, number, cut }: Flow): number[][] =>
  order.map(({ successors }, n) =>
    successors.map((key) => number.get(key)!).filter((to) => !cut.has(n * order.length + to)),
  );

/** Fuel of the longest way through the region that comes round no loop. */
export const longestWay = (flow: Flow): number => {
  const { order } = flow;
  const onwards = successorsOf(flow);
  const from: number[] = [];
  for (let n = order.length - 1; n >= 0; n--) {
    const own = order[n]!.instructions.reduce((fuel, placed) => fuel + fuelOf(placed), 0);
    from[n] = own + Math.max(0, ...onwards[n]!.filter((to) => to > n).map((to) => from[to]!));
  }
  return from[0]!;
};

/** EIPs of blocks that are reached by leaving the region, as the edge is cut. */
export const cutTargets = ({ order, cut }: Flow): number[] => [...cut].map((edge) => order[edge % order.length]!.eip);

const reversePostorder = (graph: Graph): Block[] => {
  const order: Block[] = [];
  const seen = new Set<Key>();
  /** Explicit stack: block and the successor to look at next. */
  const stack: [Block, number][] = [];
  const enter = (key: Key) => {
    seen.add(key);
    stack.push([graph.blocks.get(key)!, 0]);
  };
  enter(graph.entry);
  while (stack.length) {
    const top = stack[stack.length - 1]!;
    const [block, n] = top;
    const successor = block.successors[n];
    if (successor === undefined) {
      order.push(block);
      stack.pop();
    } else {
      top[1]++;
      if (!seen.has(successor)) enter(successor);
    }
  }
  return order.reverse();
};

export const analyseFlow = (graph: Graph): Flow => {
  const order = reversePostorder(graph);
  const size = order.length;
  const number = new Map(order.map((block, n) => [block.key, n]));
  const successors = order.map((block) => [...new Set(block.successors)].map((key) => number.get(key)!));
  const predecessors: number[][] = order.map(() => []);
  successors.forEach((to, from) => {
    for (const t of to) predecessors[t]!.push(from);
  });

  const idom: number[] = new Array(size).fill(-1);
  idom[0] = 0;
  const meet = (a: number, b: number): number => {
    while (a !== b) {
      while (a > b) a = idom[a]!;
      while (b > a) b = idom[b]!;
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let n = 1; n < size; n++) {
      const known = predecessors[n]!.filter((p) => idom[p]! >= 0);
      const dominator = known.reduce(meet);
      if (idom[n] !== dominator) {
        idom[n] = dominator;
        changed = true;
      }
    }
  }
  const dominates = (a: number, b: number): boolean => {
    while (b > a) b = idom[b]!;
    return a === b;
  };

  const isLoop: boolean[] = new Array(size).fill(false);
  const forward: number[] = new Array(size).fill(0);
  const cut = new Set<number>();
  successors.forEach((to, from) => {
    for (const t of to) {
      if (t > from) forward[t]!++;
      else if (dominates(t, from)) isLoop[t] = true;
      else cut.add(from * size + t);
    }
  });
  const children: number[][] = order.map(() => []);
  for (let n = 1; n < size; n++) children[idom[n]!]!.push(n);
  return {
    order,
    number,
    children,
    isLoop,
    isMerge: forward.map((count) => count > 1),
    cut,
    elsewhere: graph.elsewhere,
  };
};
