/** Places in guest code as one number, and trees of them. */

import type { CpuState } from '../../runtime/state.ts';
import { STATE } from '../../translator/layout.ts';

/** Where an address is looked up: the kernel's half, a program's page of code, or physical memory before paging. */
export type Space = 'kernel' | 'user' | 'unpaged';

export interface Place {
  readonly space: Space;
  /** Linear address, unsigned. */
  readonly address: number;
  /** For `user`, the number of the page's content. */
  readonly page: number;
}

/** CR0.PG. */
const PAGING = 0x8000_0000 | 0;

/** Where the CPU's code is to be looked up now. */
export const currentSpace = (state: CpuState): Space => {
  if ((state.get(STATE.cr0) & PAGING) === 0) return 'unpaged';
  return state.get(STATE.cpl) === 3 ? 'user' : 'kernel';
};

const TWO_32 = 2 ** 32;

/** Kernel addresses are themselves; others have a page's number, or minus one, above. */
export const placeKey = (space: Space, address: number, page: number): number => {
  if (space === 'kernel') return address;
  return space === 'user' ? (page + 1) * TWO_32 + address : -1 - address;
};

export const placeOf = (key: number): Place => {
  if (key < 0) return { space: 'unpaged', address: -1 - key, page: -1 };
  if (key < TWO_32) return { space: 'kernel', address: key, page: -1 };
  const page = Math.floor(key / TWO_32) - 1;
  return { space: 'user', address: key - (page + 1) * TWO_32, page };
};

/** Call stacks seen, as a tree: node 0 is the root, and has no place. */
export class StackTree {
  readonly parents: number[] = [-1];
  /** Keys of places. */
  readonly places: number[] = [0];
  readonly #placeNumbers = new Map<number, number>();
  readonly #children = new Map<number, number>();

  /** The child of a node for a place. */
  child(parent: number, place: number): number {
    let number = this.#placeNumbers.get(place);
    if (number === undefined) {
      number = this.#placeNumbers.size;
      this.#placeNumbers.set(place, number);
    }
    const key = parent * 2 ** 26 + number;
    let node = this.#children.get(key);
    if (node === undefined) {
      node = this.parents.length;
      this.parents.push(parent);
      this.places.push(place);
      this.#children.set(key, node);
    }
    return node;
  }
}
