/** What the hypervisor costs here, beside what it cost in 2006. */
import { PROGRAMS, type Program } from '../programs/table.ts';
import type { Record } from '../session/rounds.ts';
import { ROWS_2006, type Row2006 } from './measurements-2006.ts';
import type { Section } from './report.ts';
import { median } from './statistics.ts';
import { figureOrNone } from './text.ts';

/** The configurations that are compared, by name: with the hypervisor, and without or a kernel that knows of none. */
export interface Compared {
  vmi: string;
  native: string;
}

/**
 * Median microseconds of CPU time for one operation. The guest's own clock would not do: one kernel's may lose time that
 * another's does not, as when the emulator waits for a processor.
 */
function operationTime(record: Record, name: string): number | undefined {
  const runs = record.runs.get(name);
  const program = PROGRAMS.find((one) => one.name === name);
  if (runs === undefined || program === undefined) return undefined;
  return median(runs.map(({ cpuSeconds, count }) => (cpuSeconds * 1e6) / count / program.operations));
}

const ratio = (vmi: number | undefined, native: number | undefined) =>
  vmi === undefined || !native ? undefined : vmi / native;

/**
 * Rows as published, of what was chosen and of what has no counterpart here, then single operations that have none
 * there; ratios are VMI to native, as there. Where one of the two was not run the row has no ratio.
 */
export function overheadSection(
  kind: Row2006['kind'],
  programs: readonly Program[],
  records: readonly Record[],
  compared: Compared,
): Section {
  const find = (name: string) => records.find((record) => record.name === name);
  const [vmi, native] = [find(compared.vmi), find(compared.native)];
  const chosen = new Set(programs.map(({ name }) => name));
  const rows = ROWS_2006.filter((row) => row.kind === kind);
  const published = rows.filter(({ program }) => program === undefined || chosen.has(program));
  const known = new Set(published.map(({ program }) => program));
  const others = kind === 'micro' ? programs.filter(({ name }) => !known.has(name)) : [];
  const lines: (Pick<Row2006, 'name' | 'program'> & Partial<Row2006>)[] = [
    ...published,
    ...others.map(({ name }) => ({ name, program: name })),
  ];
  const time = (record: Record | undefined, program = '') => record && operationTime(record, program);
  const here = lines.map(({ program }) => ratio(time(vmi, program), time(native, program)));
  return {
    title: 'Operations, µs of CPU time; ratios are VMI to native, beside those of 2006 on bare metal',
    head: ['', ...records.map(({ name }) => name), 'ratio here', 'Pentium 4', 'Opteron'],
    rows: lines.map(({ name, program, p4, opteron }, n) => [
      name,
      ...records.map((record) => figureOrNone(time(record, program))),
      figureOrNone(here[n]),
      figureOrNone(p4?.[0]),
      figureOrNone(opteron?.[0]),
    ]),
    chart: {
      categories: lines.map(({ name }) => name),
      series: [
        { name: 'here', values: here },
        { name: 'Pentium 4, 2006', values: lines.map(({ p4 }) => p4?.[0]) },
        { name: 'Opteron, 2006', values: lines.map(({ opteron }) => opteron?.[0]) },
      ],
      unit: 'VMI to native',
    },
  };
}

/** The same operations in first runs, most of whose time may go to translating; nothing where all runs count. */
export function firstRunsSection(
  programs: readonly Program[],
  records: readonly Record[],
  { vmi, native }: Compared,
): Section[] {
  const first = records.map((record) => ({ ...record, runs: record.firstRuns }));
  if (first.every(({ runs }) => runs.size === 0)) return [];
  const time = (subject: string, name: string) => {
    const record = first.find((one) => one.name === subject);
    return record && operationTime(record, name);
  };
  return [
    {
      title: 'First runs in a boot, translation included, µs of CPU time',
      head: ['', ...records.map(({ name }) => name), 'ratio'],
      rows: programs.map(({ name }) => [
        name,
        ...records.map((record) => figureOrNone(time(record.name, name))),
        figureOrNone(ratio(time(vmi, name), time(native, name))),
      ]),
    },
  ];
}
