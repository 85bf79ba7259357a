/** What taking a profile costs: `vmi86 profile` beside `vmi86 boot`, which ran in turn. */
import type { Program } from '../programs/table.ts';
import { type Cell, footprint, programRows } from '../report/comparison.ts';
import type { Section } from '../report/report.ts';
import { geometricMean } from '../report/statistics.ts';
import { figure, percent } from '../report/text.ts';
import type { Record } from '../session/record.ts';
import { vmi86, vmi86Profile } from './vmi86.ts';

const PAIR = [vmi86.name, vmi86Profile.name];
const isCell = (cell: Cell | string | undefined): cell is Cell => typeof cell === 'object';

const total = (pairs: readonly (readonly Cell[])[]): Pick<Cell, 'seconds'>[] =>
  PAIR.map((_, n) => ({ seconds: pairs.reduce((sum, pair) => sum + pair[n]!.seconds, 0) }));
const ratio = (pair: readonly Pick<Cell, 'seconds'>[]): number => pair[1]!.seconds / pair[0]!.seconds;
const time = ({ seconds, rounds = 1, spread = 0 }: Pick<Cell, 'seconds'> & Partial<Cell>): string =>
  `${figure(seconds)} s${rounds > 1 ? ` ±${percent(spread)}` : ''}`;
const row = (name: string, pair: readonly (Pick<Cell, 'seconds'> & Partial<Cell>)[]): string[] => [
  name,
  ...pair.map(time),
  ratio(pair).toFixed(3),
];

/** Nothing where one of the two did not take part. */
export function profileCostSections(programs: readonly Program[], records: readonly Record[]): Section[] {
  const subjects = PAIR.flatMap((name) => records.filter((record) => record.name === name && !record.reason));
  if (subjects.length < PAIR.length) return [];
  const measured = programRows(programs, subjects, vmi86.name)
    .map(({ name, cells }) => ({ name, pair: PAIR.map((subject) => cells[subject]).filter(isCell) }))
    .filter(({ pair }) => pair.length === PAIR.length);
  const pairs = measured.map(({ pair }) => pair);
  const boots = subjects.map(footprint).flatMap((boot) => (boot ? [{ seconds: boot.bootCpuSeconds }] : []));
  const rows = measured.map(({ name, pair }) => row(name, pair));
  if (pairs.length > 1) {
    rows.push(row('all programs', total(pairs)));
    rows.push(['geometric mean', '', '', geometricMean(pairs.map(ratio)).toFixed(3)]);
  }
  if (boots.length === PAIR.length) rows.push(row('boot to shell', boots));
  return [
    {
      title: 'What a profile costs: CPU time, median ± spread; × vmi86: 1.050 is 5 % more',
      head: ['', ...PAIR, '× vmi86'],
      rows,
    },
  ];
}
