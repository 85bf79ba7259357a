/** The regions of a run, and what they were made from, kept for the report after they are gone. */
import type { InstalledRegion, RegionLog } from '../../runtime/jit/region-log.ts';
import type { CpuState } from '../../runtime/state.ts';
import { MODE, PAGE_SIZE, RAM } from '../../translator/layout.ts';
import type { PageContents } from '../../translator/region/request.ts';
import { currentSpace, placeKey, type Space } from './frames.ts';
import type { PageStore } from './page-store.ts';

export interface RegionRecord extends InstalledRegion {
  /** Contents of the request's pages, as numbers of the page store, in the same order. */
  readonly contents: readonly number[];
  readonly space: Space;
  /** Instructions that samples stand for, by EIP. */
  readonly sampled: Map<number, number>;
}

/** The place of an instruction of a region. */
export const placeIn = ({ request, contents, space }: RegionRecord, eip: number): number => {
  const page = request.pages.findIndex(({ number }) => number === eip >>> 12);
  return placeKey(space, eip >>> 0, contents[page] ?? -1);
};

/** The pages that a record's translation saw. */
export const translationContents = ({ request, contents }: RegionRecord, pages: PageStore): PageContents =>
  new Map(request.pages.map(({ entry }, n) => [entry, pages.pages[contents[n]!]!]));

export class RegionRecords implements RegionLog {
  readonly all: RegionRecord[] = [];
  readonly #state: CpuState;
  readonly #pages: PageStore;

  constructor(state: CpuState, pages: PageStore) {
    this.#state = state;
    this.#pages = pages;
  }

  added(installed: InstalledRegion): number {
    const contents = installed.request.pages.map(({ entry }) =>
      this.#pages.number(((entry & -PAGE_SIZE) - RAM) / PAGE_SIZE),
    );
    return this.all.push({ ...installed, contents, space: this.#space(installed), sampled: new Map() }) - 1;
  }

  /** The CPU may be at another level by now, but hardly ever has it changed its paging since. */
  #space({ request }: InstalledRegion): Space {
    if (request.mode & MODE.user) return 'user';
    return currentSpace(this.#state) === 'unpaged' ? 'unpaged' : 'kernel';
  }
}
