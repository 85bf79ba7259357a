/** The regions of a run, and what they were made from, kept for the report after they are gone. */
import type { InstalledRegion, RegionLog } from '../../runtime/jit/region-log.ts';
import { PAGE_SIZE, RAM } from '../../translator/layout.ts';
import type { PageStore } from './page-store.ts';

export interface RegionRecord extends InstalledRegion {
  /** Contents of the request's pages, as numbers of the page store, in the same order. */
  readonly contents: readonly number[];
  /** Instructions that samples stand for. */
  sampled: number;
}

export class RegionRecords implements RegionLog {
  readonly all: RegionRecord[] = [];
  readonly #pages: PageStore;

  constructor(pages: PageStore) {
    this.#pages = pages;
  }

  added(installed: InstalledRegion): number {
    const contents = installed.request.pages.map(({ entry }) =>
      this.#pages.number(((entry & -PAGE_SIZE) - RAM) / PAGE_SIZE),
    );
    return this.all.push({ ...installed, contents, sampled: 0 }) - 1;
  }
}
