/** Where EBP is a frame pointer: at a known distance from ESP, behind `mov ebp, esp` for example. */
import type { Flow } from './dominators.ts';
import { type Key, keyOf } from './graph.ts';
import { frameAfter, mayCall } from './stack-moves.ts';

/** EBP − ESP in bytes before each instruction; undefined where that is not known. */
export const followFramePointer = (
  { order }: Flow,
  successors: readonly (readonly number[])[],
): ((key: Key) => number | undefined) => {
  const before = new Map<Key, number | undefined>([[order[0]!.key, undefined]]);
  for (let changed = true; changed; ) {
    changed = false;
    order.forEach(({ instructions, key: first }, n) => {
      let frame = before.get(first);
      for (const placed of instructions) {
        before.set(keyOf(placed), frame);
        frame = frameAfter(placed, frame);
      }
      const last = instructions[instructions.length - 1]!;
      for (const to of successors[n]!) {
        const { key } = order[to]!;
        // The return address is on the stack where what is called begins.
        const given = frame !== undefined && mayCall(last, key) ? frame + 4 : frame;
        const met = before.has(key) && before.get(key) !== given ? undefined : given;
        if (before.has(key) && before.get(key) === met) continue;
        before.set(key, met);
        changed = true;
      }
    });
  }
  return (key) => before.get(key);
};
