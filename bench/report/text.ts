/** Reports as text. */
import Table from 'cli-table3';

/** A column of numbers is aligned right, the first one left. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const edges = ['top', 'bottom', 'left', 'mid', 'right'];
  const none = Object.fromEntries(
    edges.flatMap((edge) => [edge, `${edge}-mid`, `${edge}-left`, `${edge}-right`]).map((edge) => [edge, '']),
  );
  const table = new Table({
    head: [...head],
    chars: { ...none, middle: '  ' },
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Three digits that count. */
export const figure = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

export const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
export const mebibytes = (bytes: number): string => `${(bytes / (1 << 20)).toFixed(0)}`;
/** Where there is no figure. */
export const NONE = '–';
