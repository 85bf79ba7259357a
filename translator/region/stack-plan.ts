/**
 * Where ESP is in a region, as a distance from an anchor: the place where it was when the window of the stack
 * (stack-window.ts) was last looked up. Known before the code is built, as loops lead back to code that relies on it.
 */
import { type Flow, successorsOf } from './dominators.ts';
import { followFramePointer } from './frame-pointer.ts';
import { type Key, keyIn, keyOf, next } from './graph.ts';
import { isInterrupted, mayCall, stackAccesses, stackMove } from './stack-moves.ts';

/** Accesses to come that are worth a look-up. */
const WORTHWHILE = 3;
/** Rounds of adding up what is to come: how much loops count. */
const ROUNDS = 3;

export interface StackPlan {
  /** ESP − anchor before this instruction, in bytes; undefined where there is no window. */
  before(key: Key): number | undefined;
  /** EBP − ESP before this instruction; undefined where that is not known. */
  frameBefore(key: Key): number | undefined;
  /** The window is to be looked up anew when this instruction has been executed. */
  anchorsAfter(key: Key): boolean;
  /** The lowest ESP − anchor in the region. */
  readonly lowest: number;
}

type FrameBefore = StackPlan['frameBefore'];

/** Accesses to be expected from each block on, until the window has to be looked up again. */
const expectAccesses = (
  flow: Flow,
  successors: readonly (readonly number[])[],
  frameBefore: FrameBefore,
): ((key: Key) => number) => {
  const expected = new Map<Key, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (let n = flow.order.length - 1; n >= 0; n--) {
      const to = successors[n]!;
      const all = to.reduce((sum, target) => sum + (expected.get(flow.order[target]!.key) ?? 0), 0);
      let ahead = to.length ? all / to.length : 0;
      const { instructions } = flow.order[n]!;
      for (let k = instructions.length - 1; k >= 0; k--) {
        const placed = instructions[k]!;
        const key = keyOf(placed);
        const frame = frameBefore(key);
        if (isInterrupted(placed) || stackMove(placed, frame) === undefined) ahead = 0;
        ahead += stackAccesses(placed, frame);
        expected.set(key, ahead);
      }
    }
  }
  return (key) => expected.get(key) ?? 0;
};

/** `patient`: there is no window anywhere. */
export const planStack = (flow: Flow, patient: boolean): StackPlan => {
  const size = flow.order.length;
  const successors = successorsOf(flow);
  const frameBefore = followFramePointer(flow, successors);
  const expected = expectAccesses(flow, successors, frameBefore);
  const isWorthwhile = (key: Key) => !patient && expected(key) >= WORTHWHILE;
  const before = new Map<Key, number | undefined>();
  const anchors = new Set<Key>();
  let lowest = 0;

  /** Takes note of ESP before each instruction of a block; what it is behind the last, and in what that may call. */
  const follow = (n: number): { after: number | undefined; called: number | undefined } => {
    const { instructions, key: first } = flow.order[n]!;
    let offset = before.get(first);
    let called: number | undefined;
    for (const placed of instructions) {
      const key = keyOf(placed);
      before.set(key, offset);
      called = offset === undefined ? undefined : offset - 4;
      const move = stackMove(placed, frameBefore(key));
      if (offset !== undefined)
        lowest = Math.min(lowest, offset + Math.min(0, isInterrupted(placed) || placed.bound ? -4 : (move ?? 0)));
      anchors.delete(key);
      if (isInterrupted(placed) || move === undefined) {
        const anchored = isWorthwhile(keyIn(placed.copy, next(placed)));
        if (anchored) anchors.add(key);
        offset = anchored ? (move === undefined ? 0 : (offset ?? 0)) : undefined;
      } else if (offset !== undefined) offset = (offset + move) | 0;
    }
    return { after: offset, called };
  };

  const entry = flow.order[0]!.key;
  before.set(entry, isWorthwhile(entry) ? 0 : undefined);
  for (let changed = true; changed; ) {
    changed = false;
    for (let n = 0; n < size; n++) {
      const { after, called } = follow(n);
      const last = flow.order[n]!.instructions.at(-1)!;
      for (const to of successors[n]!) {
        const { key } = flow.order[to]!;
        const offset = mayCall(last, key) ? called : after;
        const known = before.has(key);
        const met = known && before.get(key) !== offset ? undefined : offset;
        if (known && before.get(key) === met) continue;
        before.set(key, met);
        changed = true;
      }
    }
  }
  return { before: (key) => before.get(key), frameBefore, anchorsAfter: (key) => anchors.has(key), lowest };
};
