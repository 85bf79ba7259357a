/** What the hypervisor costs here, beside what it cost in 2006. */
import { PROGRAMS, type Program } from '../programs/table.ts';
import type { Record } from '../session/record.ts';
import { ROWS_2006, type Row2006 } from './measurements-2006.ts';
import type { Section } from './report.ts';
import { median, spread } from './statistics.ts';
import { figure, figureOrNone, percent } from './text.ts';

/** The configurations that are compared, by name: with the hypervisor, and without or a kernel that knows of none. */
export interface Compared {
  vmi: string;
  native: string;
}

/**
 * Microseconds of CPU time for one operation, of every boot. The guest's own clock would not do: one kernel's may lose
 * time that another's does not, as when the emulator waits for a processor.
 */
function operationTimes(record: Record | undefined, name = ''): number[] {
  const program = PROGRAMS.find((one) => one.name === name);
  const runs = record?.runs.get(name) ?? [];
  return program ? runs.map(({ cpuSeconds, count }) => (cpuSeconds * 1e6) / count / program.operations) : [];
}
const withSpread = (values: readonly number[]): string =>
  values.length > 1 ? `${figure(median(values))} ±${percent(spread(values))}` : figureOrNone(values[0]);

/** The ratio in each round, in which both have met about the same state of the host; of the medians where one has failed. */
function ratiosOf(vmi: readonly number[], native: readonly number[]): number[] {
  if (native.length === 0 || native.includes(0)) return [];
  if (vmi.length === native.length) return vmi.map((time, round) => time / native[round]);
  return vmi.length > 0 ? [median(vmi) / median(native)] : [];
}
const medianOf = (values: readonly number[]) => (values.length > 0 ? median(values) : undefined);

/**
 * Rows as published, of what was chosen and of what has no counterpart here, then single operations that have none
 * there; ratios are VMI to native, as there, the median of the rounds'. Where one of the two was not run the row has no ratio.
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
  const here = lines.map(({ program }) => ratiosOf(operationTimes(vmi, program), operationTimes(native, program)));
  return {
    title:
      'Operations, µs of CPU time, median ± spread of the rounds; ratios are VMI to native, beside those of 2006 on bare metal',
    head: ['', ...records.map(({ name }) => name), 'ratio here', 'Pentium 4', 'Opteron'],
    rows: lines.map(({ name, program, p4, opteron }, n) => [
      name,
      ...records.map((record) => withSpread(operationTimes(record, program))),
      withSpread(here[n]),
      figureOrNone(p4?.[0]),
      figureOrNone(opteron?.[0]),
    ]),
    chart: {
      categories: lines.map(({ name }) => name),
      series: [
        { name: 'here', values: here.map(medianOf) },
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
  const times = (subject: string, name: string) =>
    operationTimes(
      first.find((one) => one.name === subject),
      name,
    );
  return [
    {
      title: 'First runs in a boot, translation included, µs of CPU time',
      head: ['', ...records.map(({ name }) => name), 'ratio'],
      rows: programs.map(({ name }) => [
        name,
        ...first.map((record) => withSpread(operationTimes(record, name))),
        withSpread(ratiosOf(times(vmi, name), times(native, name))),
      ]),
    },
  ];
}
