/** The comparison with other emulators as text. */
import { GROUP_TITLES, type Program } from '../programs/table.ts';
import { type Cell, type Footprint, footprint, groupRows, type ProgramRow, programRows } from '../report/comparison.ts';
import { figure, mebibytes, NONE, percent, textTable } from '../report/text.ts';
import type { Record } from '../session/rounds.ts';

/** Ratios of programs are to the host itself, those of the boot to QEMU. */
const REFERENCE = { programs: 'native', boot: 'qemu' } as const;

function programCell(cell: Cell | string, isReference: boolean): string {
  if (typeof cell === 'string') return NONE;
  const { seconds, ratio } = cell;
  const value = isReference || ratio === undefined ? `${(seconds * 1000).toFixed(0)} ms` : figure(ratio);
  return cell.rounds > 1 ? `${value} ±${percent(cell.spread)}` : value;
}

function programTable(rows: readonly ProgramRow[], subjects: readonly string[]): string {
  const lines = rows.map((row) => [
    row.name,
    ...subjects.map((subject) => programCell(row.cells[subject], subject === REFERENCE.programs)),
  ]);
  return textTable(['program', ...subjects], lines);
}

const ROWS: readonly {
  title: string;
  of: (mine: Footprint, base?: Footprint) => number | undefined;
  as: (value: number) => string;
}[] = [
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

function summaryTable(rows: readonly ProgramRow[], records: readonly Record[]): string {
  const emulators = records.filter((record) => !record.native);
  const names = emulators.map(({ name }) => name);
  const groups = groupRows(rows, names).map(({ group, programs, ratios }) => [
    `${GROUP_TITLES[group]} (${programs})`,
    ...names.map((name) => (ratios[name] === undefined ? NONE : figure(ratios[name]))),
  ]);
  const prints = new Map(emulators.map((record) => [record.name, footprint(record)]));
  const base = prints.get(REFERENCE.boot);
  const rest = ROWS.map(({ title, of, as }) => [
    title,
    ...names.map((name) => {
      const mine = prints.get(name);
      const value = mine && of(mine, base);
      return value === undefined ? NONE : as(value);
    }),
  ]).filter((row) => row.slice(1).some((text) => text !== NONE));
  return textTable(['× native, geometric mean', ...names], [...groups, ...rest]);
}

/** Missing subjects, failed programs and checksums that differ, a line each. */
function remarks(rows: readonly ProgramRow[], records: readonly Record[]): string[] {
  const missing = records.flatMap(({ name, reason }) => (reason ? [`${name}: ${reason}`] : []));
  const failed = records.flatMap(({ name, failures }) =>
    [...failures].map(([program, why]) => `${name}: ${program}: ${why}`),
  );
  const wrong = rows.flatMap(({ name, disagreeing }) =>
    disagreeing.map((subject) => `${subject}: ${name}: CHECKSUM DIFFERS`),
  );
  return [...missing, ...failed, ...wrong];
}

export function peersText(programs: readonly Program[], records: readonly Record[]): string {
  const rows = programRows(programs, records, REFERENCE.programs);
  const parts = [
    rows.length > 0
      ? `CPU time, × native, median ± spread:\n${programTable(
          rows,
          records.map(({ name }) => name),
        )}`
      : '',
    summaryTable(rows, records),
    remarks(rows, records).join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}
