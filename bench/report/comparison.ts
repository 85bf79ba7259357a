/** What the samples of several subjects amount to, as ratios to a reference. */
import { GROUPS, type Group, type Program } from '../programs/table.ts';
import { cpuTime, type Record } from '../session/record.ts';
import { geometricMean, median, spread } from './statistics.ts';

/** One program in one subject. */
export interface Cell {
  rounds: number;
  /** Median CPU seconds. */
  seconds: number;
  /** See spread(). */
  spread: number;
  /** To the reference's median; undefined where that has none. */
  ratio?: number | undefined;
}

export interface ProgramRow {
  name: string;
  group: Group;
  /** By subject. A text says why there is no figure. */
  cells: { [subject: string]: Cell | string };
  /** Checksums that differ from the first subject's, by subject; empty when all agree. */
  disagreeing: string[];
}

export interface GroupRow {
  group: Group;
  /** Programs that all subjects with any figure in this group have, of all that were run. */
  programs: number;
  /** Geometric means of the ratios, by subject. */
  ratios: { [subject: string]: number };
}

function cell(record: Record, name: string, reference?: Record): Cell | string {
  const runs = record.runs.get(name);
  if (runs === undefined) return record.failures.get(name) ?? record.reason ?? 'not run';
  const times = runs.map((run) => cpuTime(record, run));
  const base = reference?.runs.get(name)?.map((run) => cpuTime(reference, run));
  const seconds = median(times);
  return { rounds: times.length, seconds, spread: spread(times), ratio: base && seconds / median(base) };
}

function disagreeing(records: readonly Record[], name: string): string[] {
  const sums = records.flatMap((record) => {
    const sum = record.runs.get(name)?.[0].checksum;
    return sum === undefined ? [] : [{ subject: record.name, sum }];
  });
  return sums.filter(({ sum }) => sum !== sums[0].sum).map(({ subject }) => subject);
}

/** `reference` is the name of the subject that ratios are taken to. */
export function programRows(programs: readonly Program[], records: readonly Record[], reference: string): ProgramRow[] {
  const base = records.find((record) => record.name === reference);
  return programs.map(({ name, group }) => ({
    name,
    group,
    cells: Object.fromEntries(records.map((record) => [record.name, cell(record, name, base)])),
    disagreeing: disagreeing(records, name),
  }));
}

const ratioOf = (row: ProgramRow, subject: string): number | undefined => {
  const found = row.cells[subject];
  return typeof found === 'object' ? found.ratio : undefined;
};

/** Means over the same programs for every subject: those that no subject lacks, unless it lacks the whole group. */
export function groupRows(rows: readonly ProgramRow[], subjects: readonly string[]): GroupRow[] {
  return GROUPS.flatMap((group) => {
    const members = rows.filter((row) => row.group === group);
    const present = subjects.filter((subject) => members.some((row) => ratioOf(row, subject) !== undefined));
    const common = members.filter((row) => present.every((subject) => ratioOf(row, subject) !== undefined));
    if (present.length === 0 || common.length === 0) return [];
    const mean = (subject: string) => geometricMean(common.map((row) => ratioOf(row, subject)!));
    return [{ group, programs: common.length, ratios: Object.fromEntries(present.map((one) => [one, mean(one)])) }];
  });
}

/** What a subject needs besides its programs: medians over the rounds. */
export interface Footprint {
  bootCpuSeconds: number;
  bootWallSeconds: number;
  bootRssBytes: number;
  loadRssBytes?: number | undefined;
  /** Share of a processor while the guest sleeps. */
  idle?: number | undefined;
}

const medianOf = (values: readonly number[]) => (values.length > 0 ? median(values) : undefined);

export function footprint({ boots, idle, loads }: Record): Footprint | undefined {
  if (boots.length === 0) return undefined;
  return {
    bootCpuSeconds: median(boots.map((boot) => boot.cpuSeconds)),
    bootWallSeconds: median(boots.map((boot) => boot.wallSeconds)),
    bootRssBytes: median(boots.map((boot) => boot.peakRssBytes)),
    loadRssBytes: medianOf(loads),
    idle: medianOf(idle),
  };
}

/** Missing subjects, programs that failed by reason, and checksums that differ, a line each. */
export function remarks(rows: readonly ProgramRow[], records: readonly Record[]): string[] {
  const missing = records.flatMap(({ name, reason }) => (reason ? [`${name}: ${reason}`] : []));
  const failed = records.flatMap(({ name, failures }) =>
    [...Map.groupBy(failures, ([, why]) => why)].map(
      ([why, programs]) => `${name}: ${programs.map(([program]) => program).join(', ')}: ${why}`,
    ),
  );
  const wrong = rows.flatMap(({ name, disagreeing }) =>
    disagreeing.map((subject) => `${subject}: ${name}: CHECKSUM DIFFERS`),
  );
  return [...missing, ...failed, ...wrong];
}
