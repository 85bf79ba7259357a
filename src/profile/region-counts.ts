/** What the counters of a region say: executions of its instructions, entries, and exits by reason. */

import { graphOf } from '../../translator/region/extent.ts';
import { type Key, keyIn } from '../../translator/region/graph.ts';
import { BOUND_FUEL } from '../../translator/region/host-call.ts';
import type { TranslationOptions } from '../../translator/region/request.ts';
import type { PageStore } from './page-store.ts';
import type { ExitReason } from './profile.ts';
import type { RegionRecord } from './region-records.ts';
import { translationContents } from './region-records.ts';

export interface RegionCounts {
  readonly executions: number;
  /** By linear address, signed, of the instruction. A call of a host function counts for the function, too. */
  readonly instructions: ReadonlyMap<number, number>;
  readonly exits: ReadonlyMap<ExitReason, number>;
}

/** How an instruction that ends a block leaves the region, by Line.ends. */
const REASONS: Partial<Record<string, ExitReason>> = { call: 'call', return: 'return', indirect: 'indirect' };

export const readCounters = (record: RegionRecord, pages: PageStore, translation: TranslationOptions): RegionCounts => {
  const { request, region, exports } = record;
  const read = (place: string, key: Key): number => {
    const counter = region.counters?.find((c) => c.place === place && c.key === key);
    return counter ? Number((exports[counter.name] as WebAssembly.Global).value) : 0;
  };
  const graph = graphOf(request, translationContents(record, pages), translation);
  const instructions = new Map<number, number>();
  const exits = new Map<ExitReason, number>();
  const leave = (reason: ExitReason, count: number) => count && exits.set(reason, (exits.get(reason) ?? 0) + count);
  for (const block of graph?.blocks.values() ?? []) {
    let count = read('block', block.key);
    for (const { eip, copy, instruction, bound } of block.instructions) {
      const key = keyIn(copy, eip);
      const slow = read('slow', key);
      const host = read('host', key);
      const elsewhere = read('elsewhere', key);
      count -= slow;
      const executed = bound ? BOUND_FUEL * (count - elsewhere) + elsewhere : count;
      instructions.set(eip, (instructions.get(eip) ?? 0) + executed);
      count -= host + elsewhere;
      leave('slow', slow);
      leave('host', host);
      leave('indirect', elsewhere);
      leave('fuel', read('fuel', key));
      leave(REASONS[instruction.line.ends] ?? 'jump', read('next', key));
    }
  }
  return { executions: read('enter', request.eip), instructions, exits };
};
