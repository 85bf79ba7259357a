/**
 * MOV, PUSH and POP of segment registers. Loads go by a function of the core module, which knows plain descriptors;
 * SS, with its shadow, and all else is the runtime's.
 */
import { GS, SEG_SELECTOR, segment } from '../layout.ts';
import type { Val } from '../wasm/code.ts';
import type { Ops, Semantics } from './ops.ts';

const selectorOf = (o: Ops, seg: Val): Val =>
  typeof seg.constant === 'number'
    ? o.c.load(segment(seg.constant) + SEG_SELECTOR)
    : o.c.load(o.c.shl(seg, 4), 32, segment(0) + SEG_SELECTOR);

/** The forms of 16 bits are left to the runtime. */
const wide =
  (semantics: Semantics): Semantics =>
  (o) =>
    o.operandSize === 32 ? semantics(o) : o.host();

export const push: Semantics = wide((o) => o.push(o.c.keep(selectorOf(o, o.segmentNumber(0))), 32));

export const store: Semantics = wide((o) =>
  o.ifMemory(
    0,
    () => o.host(),
    () => {
      const seg = o.segmentNumber(1);
      o.slowIf(o.c.gtU(seg, GS));
      o.set(0, o.c.keep(selectorOf(o, seg)));
    },
  ),
);

const loadSegment = (o: Ops, selector: Val, behind: () => void): void => {
  o.slowIf(o.c.eqz(o.c.call(o.helper('loadSegment'), o.segmentNumber(0), selector)));
  behind();
  o.modeMayHaveChanged();
};

export const load: Semantics = (o) => loadSegment(o, o.get(1), () => {});

export const pop: Semantics = wide((o) => loadSegment(o, o.c.keep(o.c.and(o.top(32), 0xffff)), () => o.release(4)));
