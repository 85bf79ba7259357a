/** Where the hypervisor's gain comes from: what each configuration has counted over all programs and its boot. */
import type { Counters, Record } from '../session/record.ts';
import type { Section } from './report.ts';
import { median } from './statistics.ts';
import { NONE } from './text.ts';

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const ROWS: readonly (readonly [string, (counters: Counters) => number])[] = [
  ['TLB misses', ({ tlbMisses }) => tlbMisses],
  ['TLB emptied', ({ counters }) => counters['tlbFlushes']],
  ['loads of CR3 that kept translations', ({ counters }) => counters['spacesKept']],
  ['translations brought back', ({ counters }) => counters['translationsRestored']],
  ['translations made in advance', ({ counters }) => counters['translationsPrefilled']],
  ['changes of page tables put off', ({ counters }) => counters['tableChangesBatched']],
  ['regions entered through the dispatcher', ({ transfers }) => transfers],
  ['exceptions and interrupts', ({ exceptions }) => sum(Object.values(exceptions))],
];

/** Medians of the rounds; nothing where nobody counted. */
export function savingsSection(records: readonly Record[]): Section[] {
  const counted = records.filter(({ counters }) => counters.length > 0);
  if (counted.length === 0) return [];
  const cell = ({ counters }: Record, count: (counters: Counters) => number) => {
    const value = median(counters.map(count));
    return value === 0 ? NONE : value.toLocaleString('en');
  };
  return [
    {
      title: 'Where it comes from: counters of boot and programs together',
      head: ['', ...counted.map(({ name }) => name)],
      rows: ROWS.map(([name, count]) => [name, ...counted.map((record) => cell(record, count))]),
    },
  ];
}
