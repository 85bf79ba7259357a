/**
 * From bytes to a control-flow graph: the instructions reachable from one entry within the pages at hand, cut into
 * basic blocks. Everything is by EIP, which is the linear address, as regions assume flat segments.
 */
import { decode } from '../isa/decoder.ts';
import type { Instruction } from '../isa/instruction.ts';
import { PAGE_SIZE } from '../layout.ts';
import { BOUND_FUEL, type BoundCall } from './host-call.ts';

/** Bytes of guest code, by linear page. */
export interface CodePages {
  /** Bytes of the page with this linear page number, or undefined where the region must not go. */
  page(number: number): Uint8Array | undefined;
  /** Whether jumps to this EIP have been seen; what never was is left out of the region. */
  visited(eip: number): boolean;
  /** Whether another region begins here, which is gone on in instead of being translated again. */
  elsewhere(eip: number): boolean;
}

export interface Placed {
  readonly eip: number;
  readonly instruction: Instruction;
  /** It calls a function of the host, and that is done in place of it. */
  readonly bound?: BoundCall;
}

export interface Block {
  readonly eip: number;
  readonly instructions: Placed[];
  /** Blocks control may go on to, by EIP; other ways out leave the region. */
  readonly successors: number[];
}

export interface Graph {
  readonly entry: number;
  readonly blocks: ReadonlyMap<number, Block>;
  /** Where it is expected to go on in other regions. */
  readonly elsewhere: ReadonlySet<number>;
  /** Fuel that all blocks together cost. */
  readonly size: number;
}

/** Instructions that are paid for when this one has been executed. */
export const fuelOf = ({ bound }: Placed): number => (bound ? BOUND_FUEL : 1);

const next = ({ eip, instruction }: Placed): number => (eip + instruction.length) | 0;

/** Where a direct jump, call or branch leads. */
export const relativeTarget = (placed: Placed): number => (next(placed) + placed.instruction.immediate) | 0;

/** EIPs that control may go on to after an instruction without leaving the region. */
export const followers = (placed: Placed): number[] => {
  switch (placed.instruction.line.ends) {
    case 'no':
      return [next(placed)];
    case 'jump':
      return [relativeTarget(placed)];
    case 'conditional':
      return [relativeTarget(placed), next(placed)];
    case 'call':
      return [next(placed)];
    default:
      return [];
  }
};

/** Whether to follow: a branch that was never taken, or a call that never came back, leads to code hardly ever needed. */
const isExpected = (pages: CodePages, placed: Placed, target: number): boolean => {
  const { ends } = placed.instruction.line;
  const unseen = ends === 'call' || (ends === 'conditional' && target !== next(placed));
  return !unseen || pages.visited(target);
};

/** Decodes at EIP if all bytes are at hand; 16-bit jumps and odd segments are left to the interpreter. */
export const decodeAt = (pages: CodePages, eip: number): Instruction | undefined => {
  let missing = false;
  const byte = (index: number): number => {
    const at = (eip + index) >>> 0;
    const page = pages.page(at >>> 12);
    if (!page) {
      missing = true;
      return 0;
    }
    return page[at & (PAGE_SIZE - 1)]!;
  };
  const found = decode(byte, 32);
  if (missing || typeof found === 'string') return undefined;
  return found;
};

/** Collects the graph from `entry`, at most `limit` instructions; undefined when there is nothing to translate. */
export const buildGraph = (
  pages: CodePages,
  entry: number,
  limit: number,
  translatable: (instruction: Instruction) => boolean,
  bind: (placed: Placed) => Placed = (placed) => placed,
): Graph | undefined => {
  const found = new Map<number, Placed>();
  const leaders = new Set([entry]);
  const expected = new Set([entry]);
  const pending = [entry];
  while (pending.length) {
    let eip = pending.shift()!;
    while (!found.has(eip) && found.size < limit) {
      if (eip !== entry && pages.elsewhere(eip)) {
        expected.add(eip);
        break;
      }
      const instruction = decodeAt(pages, eip);
      if (!instruction) break;
      const placed = bind({ eip, instruction });
      if (!translatable(instruction)) break;
      found.set(eip, placed);
      const to = followers(placed);
      if (placed.instruction.line.ends === 'no') {
        eip = to[0]!;
        continue;
      }
      for (const target of to) {
        leaders.add(target);
        if (!isExpected(pages, placed, target)) continue;
        expected.add(target);
        pending.push(target);
      }
      break;
    }
  }
  // What the runtime executes may end a region, but makes none.
  const first = found.get(entry);
  if (!first?.instruction.line.inline) return undefined;

  const blocks = new Map<number, Block>();
  for (const leader of leaders) {
    let placed = found.get(leader);
    if (!placed) continue;
    const instructions: Placed[] = [];
    let to: number[] = [];
    for (;;) {
      instructions.push(placed);
      to = followers(placed);
      const following = found.get(to[0]!);
      if (placed.instruction.line.ends !== 'no' || leaders.has(to[0]!) || !following) break;
      placed = following;
    }
    blocks.set(leader, { eip: leader, instructions, successors: to.filter((eip) => found.has(eip)) });
  }
  const elsewhere = new Set([...expected].filter((eip) => !found.has(eip)));
  const size = [...found.values()].reduce((fuel, placed) => fuel + fuelOf(placed), 0);
  return { entry, blocks, elsewhere, size };
};
