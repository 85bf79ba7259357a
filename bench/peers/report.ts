/** The comparison with other emulators. */
import { GROUP_TITLES, type Program } from '../programs/table.ts';
import {
  type Cell,
  type Footprint,
  footprint,
  type GroupRow,
  groupRows,
  type ProgramRow,
  programRows,
  remarks,
} from '../report/comparison.ts';
import type { Report, Section } from '../report/report.ts';
import { figure, figureOrNone, mebibytes, NONE, percent } from '../report/text.ts';
import type { Record } from '../session/record.ts';
import { profileCostSections } from './profile-cost.ts';

/** Ratios of programs are to the host itself, those of the boot to QEMU. */
const REFERENCE = { programs: 'native', boot: 'qemu' } as const;

function programCell(cell: Cell | string, isReference: boolean): string {
  if (typeof cell === 'string') return NONE;
  const { seconds, ratio } = cell;
  const value = isReference || ratio === undefined ? `${(seconds * 1000).toFixed(0)} ms` : figure(ratio);
  return cell.rounds > 1 ? `${value} ±${percent(cell.spread)}` : value;
}

function programSection(rows: readonly ProgramRow[], subjects: readonly string[], which: string): Section {
  const emulators = subjects.filter((subject) => subject !== REFERENCE.programs);
  const ratio = (cell: Cell | string) => (typeof cell === 'string' ? undefined : cell.ratio);
  return {
    title: `Programs${which}: CPU time × native, median ± spread`,
    head: ['program', ...subjects],
    rows: rows.map((row) => [
      row.name,
      ...subjects.map((subject) => programCell(row.cells[subject], subject === REFERENCE.programs)),
    ]),
    chart: {
      categories: rows.map(({ name }) => name),
      series: emulators.map((name) => ({ name, values: rows.map((row) => ratio(row.cells[name])) })),
      unit: '× native',
      logarithmic: true,
    },
  };
}

function groupSection(rows: readonly GroupRow[], emulators: readonly string[], which: string): Section {
  const title = ({ group, programs }: GroupRow) => `${GROUP_TITLES[group]} (${programs})`;
  return {
    title: `Groups of programs${which}: CPU time × native, geometric mean`,
    head: ['group (programs)', ...emulators],
    rows: rows.map((row) => [title(row), ...emulators.map((name) => figureOrNone(row.ratios[name]))]),
    chart: {
      categories: rows.map(title),
      series: emulators.map((name) => ({ name, values: rows.map(({ ratios }) => ratios[name]) })),
      unit: '× native',
      logarithmic: true,
    },
  };
}

interface FootprintRow {
  title: string;
  of(mine: Footprint, base?: Footprint): number | undefined;
  as(value: number): string;
}

const FOOTPRINT_ROWS: readonly FootprintRow[] = [
  { title: 'boot to shell, CPU s', of: (mine) => mine.bootCpuSeconds, as: figure },
  { title: 'boot to shell, wall s', of: (mine) => mine.bootWallSeconds, as: figure },
  { title: 'boot, CPU, QEMU = 1', of: (mine, base) => base && mine.bootCpuSeconds / base.bootCpuSeconds, as: figure },
  {
    title: 'boot, wall, QEMU = 1',
    of: (mine, base) => base && mine.bootWallSeconds / base.bootWallSeconds,
    as: figure,
  },
  { title: 'peak RSS, boot, MiB', of: (mine) => mine.bootRssBytes, as: mebibytes },
  { title: 'peak RSS, load, MiB', of: (mine) => mine.loadRssBytes, as: mebibytes },
  { title: 'CPU while the guest sleeps', of: (mine) => mine.idle, as: percent },
];

function footprintSection(emulators: readonly Record[]): Section {
  const prints = emulators.map(footprint);
  const base = prints[emulators.findIndex(({ name }) => name === REFERENCE.boot)];
  const values = ({ of }: FootprintRow) => prints.map((mine) => mine && of(mine, base));
  const shown = FOOTPRINT_ROWS.filter((row) => values(row).some((value) => value !== undefined));
  return {
    title: 'The guest: boot, memory, sleep; medians',
    head: ['', ...emulators.map(({ name }) => name)],
    rows: shown.map((row) => [row.title, ...values(row).map((value) => (value === undefined ? NONE : row.as(value)))]),
    chart: {
      categories: shown.slice(0, 2).map(({ title }) => title),
      series: emulators.map(({ name }, n) => ({ name, values: shown.slice(0, 2).map((row) => values(row)[n]) })),
      unit: 'seconds',
    },
  };
}

/** Programs one by one, and by groups; `which` runs of them they are about. */
function programSections(rows: readonly ProgramRow[], records: readonly Record[], which = ''): Section[] {
  if (rows.length === 0) return [];
  const names = records.map(({ name }) => name);
  const emulators = records.flatMap(({ name, native }) => (native ? [] : [name]));
  const groups = groupRows(rows, emulators);
  const section = programSection(rows, names, which);
  return groups.length > 0 ? [section, groupSection(groups, emulators, which)] : [section];
}

/** The same of first runs, most of whose time may go to translating; nothing where all runs count. */
function firstRunsSections(programs: readonly Program[], records: readonly Record[]): Section[] {
  const first = records.map((record) => ({ ...record, runs: record.firstRuns }));
  if (first.every(({ runs }) => runs.size === 0)) return [];
  return programSections(programRows(programs, first, REFERENCE.programs), first, ', first runs in a boot');
}

export function peersReport(programs: readonly Program[], records: readonly Record[]): Report {
  const rows = programRows(programs, records, REFERENCE.programs);
  const emulators = records.filter(({ native }) => !native);
  return {
    title: 'vmi86 and its peers',
    sections: [
      ...firstRunsSections(programs, records),
      ...programSections(rows, records),
      ...profileCostSections(programs, records),
      ...(emulators.some(({ boots }) => boots.length > 0) ? [footprintSection(emulators)] : []),
    ],
    remarks: remarks(rows, records),
  };
}
