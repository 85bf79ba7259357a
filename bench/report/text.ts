/** Reports as text, and figures in them. */
import Table from 'cli-table3';
import type { Report } from './report.ts';

const EDGES = ['top', 'bottom', 'left', 'mid', 'right'];
const NO_LINES = Object.fromEntries(
  EDGES.flatMap((edge) => [edge, `${edge}-mid`, `${edge}-left`, `${edge}-right`]).map((edge) => [edge, '']),
);

/** Columns of figures are aligned right, the first one left. */
function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: [...head],
    chars: { ...NO_LINES, middle: '  ' },
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  table.push(...rows.map((row) => [...row]));
  const lines = table.toString().split('\n');
  return lines.map((line) => line.trimEnd()).join('\n');
}

export function textReport({ sections, remarks }: Report): string {
  const tables = sections.map(({ title, head, rows }) => `${title}\n\n${textTable(head, rows)}`);
  return [...tables, remarks.join('\n')].filter((part) => part !== '').join('\n\n') + '\n';
}

/** Three digits that count. */
export const figure = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

export const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
export const mebibytes = (bytes: number): string => (bytes / (1 << 20)).toFixed(0);
/** Where there is no figure. */
export const NONE = '–';
export const figureOrNone = (value: number | undefined): string => (value === undefined ? NONE : figure(value));
