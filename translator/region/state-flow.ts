/**
 * Which words of guest state must go to memory where control leaves a region, and which must come from there: a
 * forward pass over what has been written since memory was right, and a backward one over what will be read. Words
 * are bits of a mask.
 */
import type { Place } from '../wasm/code.ts';
import { type Flow, successorsOf } from './dominators.ts';

/** A way out of the region. */
export interface Exit {
  readonly place: Place;
  /** Words that nobody will read. */
  readonly dead: number;
  /** Words written on this way alone, and not for what follows the place in its block. */
  readonly written: number;
  /** Words that must be stored there. */
  dirty: number;
}

/** A guest call: the state is in memory between the two places. */
export interface Call {
  readonly stores: Place;
  readonly loads: Place;
  /** Its block may go on elsewhere before it. */
  readonly conditional: boolean;
  dirty: number;
  /** Words that are read, or stored, after it. */
  live: number;
}

/** Some words go to memory and come back, while others stay in locals. */
export interface Move {
  readonly place: Place;
  /** Words it is about. */
  readonly words: number;
  /** It may not happen. */
  readonly conditional: boolean;
  /** Which of them must be stored, or loaded. */
  moved: number;
}

/** What a block does to the state, in order. */
export type Event =
  | { readonly kind: 'use' | 'define' | 'mayDefine'; readonly word: number }
  | { readonly kind: 'exit'; readonly exit: Exit }
  | { readonly kind: 'call'; readonly call: Call }
  | { readonly kind: 'spill' | 'reload'; readonly move: Move };

/** `edges`: words written between blocks. Fills in exits and calls; gives the words that the region needs from memory when it is entered. */
export const analyseStateFlow = (
  flow: Flow,
  events: readonly (readonly Event[])[],
  edges: readonly (ReadonlyMap<number, number> | undefined)[],
): number => {
  const size = flow.order.length;
  const successors = successorsOf(flow);

  /** Words written on the way from one block to another. */
  const onEdge = (from: number, to: number): number => edges[from]?.get(to) ?? 0;

  const dirtyIn: number[] = new Array(size).fill(0);
  for (let changed = true; changed; ) {
    changed = false;
    for (let n = 0; n < size; n++) {
      const dirty = forwards(events[n] ?? [], dirtyIn[n]!);
      for (const to of successors[n]!) {
        const merged = dirtyIn[to]! | dirty | onEdge(n, to);
        changed ||= merged !== dirtyIn[to];
        dirtyIn[to] = merged;
      }
    }
  }

  const liveIn: number[] = new Array(size).fill(0);
  for (let changed = true; changed; ) {
    changed = false;
    for (let n = size - 1; n >= 0; n--) {
      const after = successors[n]!.reduce((live, to) => live | (liveIn[to]! & ~onEdge(n, to)), 0);
      const live = backwards(events[n] ?? [], after);
      changed ||= live !== liveIn[n];
      liveIn[n] = live;
    }
  }
  return liveIn[0]!;
};

/** Words that differ from memory after the events; exits and calls get those before them. */
const forwards = (events: readonly Event[], before: number): number => {
  let dirty = before;
  for (const event of events) {
    if (event.kind === 'exit') event.exit.dirty = (dirty | event.exit.written) & ~event.exit.dead;
    else if (event.kind === 'call') {
      event.call.dirty = dirty;
      if (!event.call.conditional) dirty = 0;
    } else if (event.kind === 'spill') {
      const { move } = event;
      move.moved = dirty & move.words;
      if (!move.conditional) dirty &= ~move.words;
    } else if (event.kind === 'define' || event.kind === 'mayDefine') dirty |= event.word;
  }
  return dirty;
};

/** Words needed before the events, given those needed after them; calls get those after them. */
const backwards = (events: readonly Event[], after: number): number => {
  let live = after;
  for (let n = events.length - 1; n >= 0; n--) {
    const event = events[n]!;
    if (event.kind === 'exit') live |= event.exit.dirty & ~event.exit.written;
    else if (event.kind === 'call') {
      event.call.live = live;
      live = event.call.dirty | (event.call.conditional ? live : 0);
    } else if (event.kind === 'spill') live |= event.move.moved;
    else if (event.kind === 'reload') {
      const { move } = event;
      move.moved = live & move.words;
      if (!move.conditional) live &= ~move.words;
    } else if (event.kind === 'use') live |= event.word;
    else if (event.kind === 'define') live &= ~event.word;
  }
  return live;
};
