/**
 * From bytes to a control-flow graph: the instructions reachable from one entry within the pages at hand, cut into
 * basic blocks. Everything is by EIP, which is the linear address, as regions assume flat segments.
 */
import { decode } from '../isa/decoder.ts';
import type { Instruction } from '../isa/instruction.ts';
import { isIndirect } from '../isa/line.ts';
import { PAGE_SIZE } from '../layout.ts';
import { BOUND_FUEL, type BoundCall } from './host-call.ts';

/** Bytes of guest code, by linear page. */
export interface CodePages {
  /** Bytes of the page with this linear page number, or undefined where the region must not go. */
  page(number: number): Uint8Array | undefined;
  /** Whether jumps to this EIP are more than rare; what they rarely lead to is left out of the region. */
  expected(eip: number): boolean;
  /** Whether another region begins here, which is gone on in instead of being translated again. */
  elsewhere(eip: number): boolean;
  /** For wide regions: what is known of where this indirect call or jump leads. */
  targets?(placed: Placed): Targets | undefined;
}

/** EIPs that an indirect call or jump may lead to; `table`: by the index that it goes by. */
export interface Targets {
  readonly table: boolean;
  readonly eips: readonly number[];
}

/** Name of a block: where it begins, and in which copy of the code; in copy 0, the region's own code, that is EIP. */
export type Key = number;
export const keyIn = (copy: number, eip: number): Key => copy * 2 ** 32 + eip;
export const eipOf = (key: Key): number => key | 0;
const copyOf = (key: Key): number => (key - eipOf(key)) / 2 ** 32;

/** A place where control may be expected: its EIP, and the block that begins there. */
export interface Expected {
  readonly eip: number;
  readonly key: Key;
}

export type Translatable = (instruction: Instruction) => boolean;

export interface Placed {
  readonly eip: number;
  readonly instruction: Instruction;
  /** It calls a function of the host, and that is done in place of it. */
  readonly bound?: BoundCall;
  /** The copy of the code that it is in. */
  readonly copy: number;
  /** A call, return or indirect jump of a wide region: where it may lead within the region. */
  readonly ways?: readonly Expected[];
  /** Through a table: the targets, by index. */
  readonly table?: readonly number[];
}

export interface Block {
  readonly eip: number;
  readonly key: Key;
  readonly instructions: Placed[];
  /** Blocks control may go on to; other ways out leave the region. */
  readonly successors: Key[];
}

export interface Graph {
  readonly entry: number;
  readonly blocks: ReadonlyMap<Key, Block>;
  /** EIPs where it is expected to go on in other regions. */
  readonly elsewhere: ReadonlySet<number>;
  /** EIPs where it would have gone on in a straight line, had there been room. */
  readonly beyond: ReadonlySet<number>;
  /** Fuel that all blocks together cost. */
  readonly size: number;
}

/** Instructions that are paid for when this one has been executed. */
export const fuelOf = ({ bound }: Placed): number => (bound ? BOUND_FUEL : 1);

export const keyOf = ({ copy, eip }: Placed): Key => keyIn(copy, eip);

export const next = ({ eip, instruction }: Placed): number => (eip + instruction.length) | 0;

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

/** Blocks that control may go on to. */
const leadsTo = (placed: Placed): Key[] => {
  const inCopy = (eip: number) => keyIn(placed.copy, eip);
  if (isDirectCall(placed) && placed.ways) return placed.ways.map(({ key }) => key);
  return [...(placed.ways ?? []).map(({ key }) => key), ...followers(placed).map(inCopy)];
};

/** A call of what the instruction itself names. */
export const isDirectCall = ({ instruction: { line }, bound }: Placed): boolean =>
  line.ends === 'call' && !isIndirect(line) && !bound;

/** Whether to follow: a branch that was hardly taken, or a call that hardly came back, leads to code hardly ever needed. */
export const isExpected = (pages: CodePages, placed: Placed, target: number): boolean => {
  const { ends } = placed.instruction.line;
  const unseen = ends === 'call' || ends === 'indirect' || (ends === 'conditional' && target !== next(placed));
  return !unseen || pages.expected(target);
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

export interface GraphOptions {
  /** Instructions at most. */
  readonly limit: number;
  readonly translatable: Translatable;
  /** Makes calls of host functions bound ones. */
  readonly bind?: ((placed: Placed) => Placed) | undefined;
  /** Gives instructions the blocks they lead to in a wide region. */
  readonly place?: ((placed: Placed) => Placed) | undefined;
}

const asItIs = (placed: Placed): Placed => placed;

/** Collects the graph from `entry`; undefined when there is nothing to translate. */
export const buildGraph = (
  pages: CodePages,
  entry: number,
  { limit, translatable, bind = asItIs, place = asItIs }: GraphOptions,
): Graph | undefined => {
  const found = new Map<Key, Placed>();
  const leaders = new Set<Key>([entry]);
  const expected = new Set<Key>([entry]);
  const beyond = new Set<number>();
  const pending: Key[] = [entry];
  while (pending.length) {
    const first = pending.shift()!;
    let key = first;
    while (!found.has(key) && found.size < limit) {
      const eip = eipOf(key);
      const copy = copyOf(key);
      if (key !== entry && pages.elsewhere(eip)) {
        expected.add(key);
        break;
      }
      const instruction = decodeAt(pages, eip);
      if (!instruction) break;
      const bound = bind({ eip, instruction, copy });
      if (!translatable(instruction)) break;
      const placed = place(bound);
      found.set(key, placed);
      if (placed.instruction.line.ends === 'no') {
        key = keyIn(copy, next(placed));
        continue;
      }
      // What a call in place leads to, and where it comes back.
      const targets = new Set([...leadsTo(placed), ...followers(placed).map((to) => keyIn(copy, to))]);
      for (const target of targets) {
        leaders.add(target);
        if (!isExpected(pages, placed, eipOf(target))) continue;
        expected.add(target);
        pending.push(target);
      }
      break;
    }
    if (found.size === limit && key !== first && !found.has(key)) beyond.add(eipOf(key));
  }
  // What the runtime executes may end a region, but makes none.
  if (!found.get(entry)?.instruction.line.inline) return undefined;

  const blocks = new Map<Key, Block>();
  for (const leader of leaders) {
    let placed = found.get(leader);
    if (!placed) continue;
    const instructions: Placed[] = [];
    let to: Key[] = [];
    for (;;) {
      instructions.push(placed);
      to = leadsTo(placed);
      const following = found.get(to[0]!);
      if (placed.instruction.line.ends !== 'no' || leaders.has(to[0]!) || !following) break;
      placed = following;
    }
    blocks.set(leader, {
      eip: eipOf(leader),
      key: leader,
      instructions,
      successors: to.filter((key) => found.has(key)),
    });
  }
  const elsewhere = new Set([...expected].filter((key) => !found.has(key)).map(eipOf));
  const size = [...found.values()].reduce((fuel, placed) => fuel + fuelOf(placed), 0);
  return { entry, blocks, elsewhere, beyond, size };
};
