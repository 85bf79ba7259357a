/**
 * Which bytes of physical memory translated code was made from, and which regions must go when one changes.
 * Physical addresses in bytes.
 */
import { PAGE_SIZE } from '../../translator/layout.ts';

/** A translated region, or a request for one that is under way. */
export interface CodeOwner {
  /** Pieces [physical address, bytes], each within one page. A request owns whole pages until it is translated. */
  readonly pieces: readonly (readonly [number, number])[];
}

export class CodeMap<Owner extends CodeOwner> {
  readonly #codePages: Uint8Array;
  readonly #protect: (page: number) => void;
  readonly #byPage = new Map<number, Set<Owner>>();

  /** `protect` makes stores to a page take the slow path. */
  constructor(codePages: Uint8Array, protect: (page: number) => void) {
    this.#codePages = codePages;
    this.#protect = protect;
  }

  add(owner: Owner): void {
    for (const page of pagesOf(owner)) {
      let owners = this.#byPage.get(page);
      if (!owners) {
        owners = new Set();
        this.#byPage.set(page, owners);
        this.#codePages[page] = 1;
        this.#protect(page);
      }
      owners.add(owner);
    }
  }

  remove(owner: Owner): void {
    for (const page of pagesOf(owner)) {
      const owners = this.#byPage.get(page);
      if (!owners?.delete(owner) || owners.size) continue;
      this.#byPage.delete(page);
      this.#codePages[page] = 0;
    }
  }

  /** Owners that have anything of the page at a physical address. */
  inPage(physical: number): Iterable<Owner> {
    return this.#byPage.get(Math.floor(physical / PAGE_SIZE)) ?? [];
  }

  /** Owners made from any of these bytes, which lie in one page. */
  overlapping(physical: number, bytes: number): Owner[] {
    const owners = this.#byPage.get(Math.floor(physical / PAGE_SIZE));
    if (!owners) return [];
    return [...owners].filter(({ pieces }) => overlaps(pieces, physical, bytes));
  }

  overlapsAny(physical: number, bytes: number): boolean {
    const owners = this.#byPage.get(Math.floor(physical / PAGE_SIZE));
    if (owners) for (const { pieces } of owners) if (overlaps(pieces, physical, bytes)) return true;
    return false;
  }
}

const overlaps = (pieces: CodeOwner['pieces'], physical: number, bytes: number): boolean =>
  pieces.some(([at, length]) => at < physical + bytes && physical < at + length);

const pagesOf = ({ pieces }: CodeOwner): Set<number> => new Set(pieces.map(([at]) => Math.floor(at / PAGE_SIZE)));
