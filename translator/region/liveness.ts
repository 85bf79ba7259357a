/** Which arithmetic flags are still going to be read: backwards over a region. What nobody reads is not computed. */
import { ARITHMETIC_FLAGS } from '../layout.ts';
import type { Flow } from './dominators.ts';
import { isDirectCall, type Key, type Placed } from './graph.ts';
import { ownFlags } from './repeat.ts';

export interface Liveness {
  /** Flags (bits of EFLAGS) live after an instruction of the region. */
  after(placed: Placed): number;
  /** Flags live before it: what is not may be wrong where control leaves there. */
  before(placed: Placed): number;
}

/** Flags live before an instruction, given those live after it. */
const liveBefore = ({ instruction: { line } }: Placed, after: number): number => {
  // What the runtime executes may look at all flags, and control does not come back into the region.
  if (!line.inline) return ARITHMETIC_FLAGS;
  return (line.keeps ? after : after & ~line.writes) | line.reads;
};

/** REP proper: of SSE instructions it is a part of the opcode. */
const isRepeated = ({ instruction: { line, rep } }: Placed): boolean =>
  rep !== 0 && line.infos.some(({ place }) => STRINGS.has(place));
const STRINGS: ReadonlySet<string> = new Set(['source', 'destination']);

/** How many ways there are to go on, if those are all; else 0. */
const certainWays = (placed: Placed): number => {
  const { line } = placed.instruction;
  if ((placed.ways && isDirectCall(placed)) || line.ends === 'no' || line.ends === 'jump') return 1;
  return line.ends === 'conditional' ? 2 : 0;
};

/** With `precise`, all flags are right at every instruction, as a fault handler would see them. */
export const analyseLiveness = (flow: Flow, precise: boolean): Liveness => {
  const live = new Map<Placed, number>();
  const starts = new Map<Placed, number>();
  const entry = new Map<Key, number>();
  for (let changed = true; changed; ) {
    changed = false;
    for (let n = flow.order.length - 1; n >= 0; n--) {
      const block = flow.order[n]!;
      const last = block.instructions[block.instructions.length - 1]!;
      const ways = certainWays(last);
      // Any way out of the region, and any edge that is cut, may lead to a reader.
      let flags = block.successors.length < ways || ways === 0 ? ARITHMETIC_FLAGS : 0;
      for (const to of block.successors) {
        const target = flow.number.get(to)!;
        flags |= flow.cut.has(n * flow.order.length + target) ? ARITHMETIC_FLAGS : (entry.get(to) ?? 0);
      }
      for (let k = block.instructions.length - 1; k >= 0; k--) {
        const placed = block.instructions[k]!;
        if (precise) flags = ARITHMETIC_FLAGS;
        live.set(placed, flags | ownFlags(placed.instruction));
        flags = liveBefore(placed, flags);
        starts.set(placed, isRepeated(placed) ? ARITHMETIC_FLAGS : flags);
      }
      if (entry.get(block.key) !== flags) {
        entry.set(block.key, flags);
        changed = true;
      }
    }
  }
  return {
    after: (placed) => live.get(placed) ?? ARITHMETIC_FLAGS,
    before: (placed) => (precise ? ARITHMETIC_FLAGS : (starts.get(placed) ?? ARITHMETIC_FLAGS)),
  };
};
