/**
 * Wide regions: what the guest spends its time in is translated once more, larger. A call of a function known and
 * small enough goes on in a copy of that function's code within the region, a call of the region's own entry at that
 * entry, and returns go back to where they are expected. Indirect calls and jumps compare their target with those that
 * are known. Copies keep loops with one way in, however many places call.
 */
import { isIndirect } from '../isa/line.ts';
import {
  type CodePages,
  decodeAt,
  type Expected,
  followers,
  isDirectCall,
  isExpected,
  keyIn,
  next,
  type Placed,
  relativeTarget,
  type Translatable,
} from './graph.ts';

/** Instructions of a wide region, and of one function that is copied into it; calls within calls. */
export const WIDE = { most: 640, copied: 160, deep: 4 } as const;

interface Copy {
  /** Entries of the function and of those that it is called by, outwards. */
  readonly functions: readonly number[];
  readonly returns: Expected[];
}

export class Copies {
  readonly #pages: CodePages;
  readonly #translatable: Translatable;
  readonly #copies: Copy[];
  readonly #sizes = new Map<number, number | undefined>();
  /** Instructions that the region may have besides those placed or reserved. */
  #room: number;

  constructor(pages: CodePages, entry: number, most: number, translatable: Translatable) {
    this.#pages = pages;
    this.#translatable = translatable;
    this.#copies = [{ functions: [entry], returns: [] }];
    this.#room = most - (this.#functionAt(entry, most, true)?.size ?? most);
  }

  /** The instruction with where it may go on in this region. */
  place(placed: Placed): Placed {
    const { line } = placed.instruction;
    if (line.ends === 'return') return { ...placed, ways: this.#copies[placed.copy]!.returns };
    if (isDirectCall(placed)) {
      const callee = this.#callee(placed, relativeTarget(placed));
      return callee ? { ...placed, ways: [callee] } : placed;
    }
    return isIndirect(line) ? this.#indirect(placed) : placed;
  }

  #indirect(placed: Placed): Placed {
    const targets = this.#pages.targets?.(placed);
    if (!targets) return placed;
    const { copy, instruction } = placed;
    const expected = [...new Set(targets.eips)].filter((eip) => this.#pages.expected(eip));
    const ways = expected.flatMap((eip): Expected[] => {
      if (instruction.line.ends !== 'call') return [{ eip, key: keyIn(copy, eip) }];
      const callee = this.#callee(placed, eip);
      return callee ? [callee] : [];
    });
    return { ...placed, ways, ...(targets.table && { table: targets.eips }) };
  }

  /** What stands in the region for a function that is called, if there is room. */
  #callee(placed: Placed, eip: number): Expected | undefined {
    const { copy } = placed;
    const site = { eip: next(placed), key: keyIn(copy, next(placed)) };
    const { functions, returns } = this.#copies[copy]!;
    if (copy === 0 && eip === functions[0]) {
      returns.push(site);
      return { eip, key: eip };
    }
    if (functions.includes(eip) || functions.length > WIDE.deep) return undefined;
    const size = this.#copiedSize(eip);
    if (size === undefined || size > this.#room) return undefined;
    this.#room -= size;
    const id = this.#copies.push({ functions: [eip, ...functions], returns: [site] }) - 1;
    return { eip, key: keyIn(id, eip) };
  }

  #copiedSize(entry: number): number | undefined {
    if (!this.#sizes.has(entry)) {
      const found = this.#functionAt(entry, WIDE.copied, false);
      this.#sizes.set(entry, found?.returns ? found.size : undefined);
    }
    return this.#sizes.get(entry);
  }

  /**
   * Size of what can be reached without calls; undefined if it is more than `most`. What cannot be translated is left out
   * where `isPartial`, and else there is no such function.
   */
  #functionAt(entry: number, most: number, isPartial: boolean): { size: number; returns: boolean } | undefined {
    const seen = new Set<number>();
    const pending = [entry];
    let returns = false;
    while (pending.length) {
      const eip = pending.pop()!;
      if (seen.has(eip)) continue;
      if (seen.size === most) return undefined;
      const instruction = decodeAt(this.#pages, eip);
      if (!instruction || !this.#translatable(instruction)) {
        if (isPartial) continue;
        return undefined;
      }
      const placed = { eip, instruction, copy: 0 };
      seen.add(eip);
      returns ||= instruction.line.ends === 'return';
      pending.push(...followers(placed).filter((to) => isExpected(this.#pages, placed, to)));
    }
    return { size: seen.size, returns };
  }
}
