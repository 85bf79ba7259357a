/** Which arithmetic flags are still going to be read: backwards over a region. What nobody reads is not computed. */
import { OPERANDS } from '../isa/operands.ts';
import { ARITHMETIC_FLAGS, EFLAGS } from '../layout.ts';
import type { Flow } from './dominators.ts';
import type { Placed } from './graph.ts';

export interface Liveness {
  /** Flags (bits of EFLAGS) live after the instruction at this EIP. */
  after(eip: number): number;
  /** Flags live before it: what is not may be wrong where control leaves there. */
  before(eip: number): number;
}

/** Flags live before an instruction, given those live after it. */
const liveBefore = ({ instruction: { line } }: Placed, after: number): number => {
  // What the runtime executes may look at all flags, and control does not come back into the region.
  if (!line.inline) return ARITHMETIC_FLAGS;
  return (line.keeps ? after : after & ~line.writes) | line.reads;
};

/** REP proper: of SSE instructions it is a part of the opcode. */
const isRepeated = ({ instruction: { line, rep } }: Placed): boolean =>
  rep !== 0 && line.operands.some((kind) => STRINGS.has(OPERANDS[kind].place));
const STRINGS: ReadonlySet<string> = new Set(['source', 'destination']);

const isRepeatedComparison = ({ instruction: { line, rep } }: Placed): boolean =>
  rep !== 0 && line.inline && line.host !== undefined && line.writes !== 0;

/** With `precise`, all flags are right at every instruction, as a fault handler would see them. */
export const analyseLiveness = (flow: Flow, precise: boolean): Liveness => {
  const live = new Map<number, number>();
  const starts = new Map<number, number>();
  const entry = new Map<number, number>();
  for (let changed = true; changed; ) {
    changed = false;
    for (let n = flow.order.length - 1; n >= 0; n--) {
      const block = flow.order[n]!;
      const last = block.instructions[block.instructions.length - 1]!;
      const { ends } = last.instruction.line;
      const ways = ends === 'conditional' ? 2 : ends === 'no' || ends === 'jump' ? 1 : 0;
      // Any way out of the region, and any edge that is cut, may lead to a reader.
      let flags = block.successors.length < ways || ways === 0 ? ARITHMETIC_FLAGS : 0;
      for (const to of block.successors) {
        const target = flow.number.get(to)!;
        flags |= flow.cut.has(n * flow.order.length + target) ? ARITHMETIC_FLAGS : (entry.get(to) ?? 0);
      }
      for (let k = block.instructions.length - 1; k >= 0; k--) {
        const placed = block.instructions[k]!;
        if (precise) flags = ARITHMETIC_FLAGS;
        // What ends a repeated comparison is ZF, whoever reads it afterwards.
        live.set(placed.eip, isRepeatedComparison(placed) ? flags | EFLAGS.ZF : flags);
        flags = liveBefore(placed, flags);
        starts.set(placed.eip, isRepeated(placed) ? ARITHMETIC_FLAGS : flags);
      }
      if (entry.get(block.eip) !== flags) {
        entry.set(block.eip, flags);
        changed = true;
      }
    }
  }
  return {
    after: (eip) => live.get(eip) ?? ARITHMETIC_FLAGS,
    before: (eip) => (precise ? ARITHMETIC_FLAGS : (starts.get(eip) ?? ARITHMETIC_FLAGS)),
  };
};
