/** The comparison as text. */
import type { Summary } from './statistics.ts';

/** A peer's name with what was measured of it, and the reason why it was not measured, or not to the end. */
export interface Row {
  name: string;
  summary?: Summary | undefined;
  reason?: string | undefined;
}

const MIB = 1 << 20;
const HEAD = ['peer', 'rounds', 'CPU s', 'wall s', 'RSS MiB', '× CPU', '× wall', '× RSS'];

const ratio = (value: number, base: number | undefined) => (base === undefined ? '–' : (value / base).toFixed(2));

function cells(name: string, mine: Summary, base: Summary | undefined): string[] {
  return [
    name,
    String(mine.rounds),
    mine.cpuSeconds.toFixed(2),
    mine.wallSeconds.toFixed(2),
    (mine.peakRssBytes / MIB).toFixed(0),
    ratio(mine.cpuSeconds, base?.cpuSeconds),
    ratio(mine.wallSeconds, base?.wallSeconds),
    ratio(mine.peakRssBytes, base?.peakRssBytes),
  ];
}

/** Rows of medians, with ratios to the row of `reference` where there is one; then the peers that are missing. */
export function table(rows: readonly Row[], reference: string): string {
  const base = rows.find((row) => row.name === reference)?.summary;
  const grid = [HEAD, ...rows.flatMap(({ name, summary }) => (summary ? [cells(name, summary, base)] : []))];
  const widths = HEAD.map((_, column) => Math.max(...grid.map((line) => line[column].length)));
  const lines = grid.map((line) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '),
  );
  const missing = rows.flatMap(({ name, reason }) => (reason ? [`${name}: ${reason}`] : []));
  return [...lines, ...missing].join('\n');
}
