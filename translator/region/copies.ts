/**
 * Wide regions: what the guest spends its time in is translated once more, larger. A call of a function known and
 * small enough goes on in a copy of that function's code within the region, a call of the region's own entry at that
 * entry, and returns go back to where they are expected; a jump through a table goes to the blocks the table names.
 * Copies keep loops with one way in, however many places call.
 */
import { isIndirect } from '../isa/line.ts';
import {
  type CodePages,
  decodeAt,
  type Expected,
  followers,
  isExpected,
  keyIn,
  next,
  type Placed,
  relativeTarget,
  type Translatable,
} from './graph.ts';

/** Instructions of a wide region, and of one function that is copied into it; calls within calls. */
export const WIDE = { most: 1000, copied: 250, deep: 4, table: 512 } as const;

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
    this.#room = most - (this.#functionAt(entry, most)?.size ?? most);
  }

  /** The instruction with where it goes on in this region. */
  place(placed: Placed): Placed {
    const { ends, operands } = placed.instruction.line;
    if (placed.bound) return placed;
    if (ends === 'return') return { ...placed, returns: this.#copies[placed.copy]!.returns };
    if (ends === 'indirect') return this.#throughTable(placed);
    return ends === 'call' && operands[0] === 'Jz' ? this.#call(placed) : placed;
  }

  #call(placed: Placed): Placed {
    const { copy } = placed;
    const target = relativeTarget(placed);
    const site = { eip: next(placed), key: keyIn(copy, next(placed)) };
    const { functions, returns } = this.#copies[copy]!;
    if (copy === 0 && target === functions[0]) {
      returns.push(site);
      return { ...placed, callee: target };
    }
    if (functions.includes(target) || functions.length > WIDE.deep) return placed;
    const size = this.#copiedSize(target);
    if (size === undefined || size > this.#room) return placed;
    this.#room -= size;
    const id = this.#copies.push({ functions: [target, ...functions], returns: [site] }) - 1;
    return { ...placed, callee: keyIn(id, target) };
  }

  #copiedSize(entry: number): number | undefined {
    if (!this.#sizes.has(entry)) {
      const found = this.#functionAt(entry, WIDE.copied);
      this.#sizes.set(entry, found?.returns ? found.size : undefined);
    }
    return this.#sizes.get(entry);
  }

  /** Size of what can be reached without calls; undefined if it is more than `most` or not all can be translated. */
  #functionAt(entry: number, most: number): { size: number; returns: boolean } | undefined {
    const seen = new Set<number>();
    const pending = [entry];
    let returns = false;
    while (pending.length) {
      const eip = pending.pop()!;
      if (seen.has(eip)) continue;
      if (seen.size === most) return undefined;
      const instruction = decodeAt(this.#pages, eip);
      if (!instruction || !this.#translatable(instruction)) return undefined;
      const placed = { eip, instruction, copy: 0 };
      seen.add(eip);
      returns ||= instruction.line.ends === 'return';
      pending.push(...followers(placed).filter((to) => isExpected(this.#pages, placed, to)));
    }
    return { size: seen.size, returns };
  }

  /** JMP [table + index * 4]. */
  #throughTable(placed: Placed): Placed {
    const { instruction } = placed;
    const { modrm, base, index, scale, displacement, segment } = instruction;
    const isTable = isIndirect(instruction.line) && modrm < 0xc0 && base < 0 && index >= 0 && scale === 2;
    const targets = isTable && segment < 4 ? this.#pages.table?.(displacement) : undefined;
    return targets?.length ? { ...placed, table: targets } : placed;
  }
}
