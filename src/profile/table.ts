/** A profile as a table for terminals. */
import type { Exits, FunctionProfile, Profile } from './profile.ts';
import { frameName } from './stacks.ts';

interface Column {
  readonly title: string;
  readonly left?: true;
  readonly of: (f: FunctionProfile) => string;
}

const percent = (part: number): string => `${(part * 100).toFixed(1)}%`;
const count = (n: number): string => {
  const [unit, name] = UNITS.find(([least]) => n >= least * 10) ?? [1, ''];
  return `${Math.round(n / unit)}${name}`;
};
const UNITS: readonly (readonly [number, string])[] = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

const exitsText = (exits: Exits): string =>
  Object.entries(exits)
    .sort((a, b) => b[1] - a[1])
    .map(([reason, n]) => `${reason} ${count(n)}`)
    .join(', ');

const SHARE: Column = { title: 'share', of: (f) => percent(f.share) };
const COLUMNS: readonly Column[] = [
  { title: 'instructions', of: (f) => count(f.instructions) },
  { title: 'translated', of: (f) => percent(f.instructions ? f.translated / f.instructions : 0) },
];
const NAME: Column = { title: 'function', left: true, of: frameName };
/** What only counting knows. */
const COUNTED: readonly Column[] = [
  { title: 'sampled', of: (f) => percent(f.sampledShare) },
  { title: 'executions', of: (f) => count(f.executions ?? 0) },
];
const TIME: Column = { title: 'time', of: (f) => `${f.seconds.toFixed(2)} s` };
const EXITS: Column = { title: 'exits from translated code', left: true, of: (f) => exitsText(f.exits) };

export interface TableOptions {
  /** Functions with a line of their own; the rest has one together. Default 25. */
  readonly most?: number | undefined;
  /** What lines are ordered by, and shares are of. */
  readonly by?: 'instructions' | 'time' | undefined;
}

export const profileTable = (profile: Profile, { most = 25, by = 'instructions' }: TableOptions = {}): string => {
  const { exact } = profile;
  const functions = by === 'time' ? byTime(profile) : profile.functions;
  const columns = exact ? [SHARE, ...COUNTED, TIME, ...COLUMNS, NAME, EXITS] : [SHARE, TIME, ...COLUMNS, NAME];
  const shown = functions.slice(0, most);
  const rest = functions.slice(most);
  if (rest.length > 0) shown.push(sum(rest, `${rest.length} more`));
  const rows = [...shown, sum(functions, 'all')].map((f) => columns.map(({ of }) => of(f)));
  const lines = layOut([columns.map(({ title }) => title), ...rows], columns);
  lines.splice(1, 0, lines[0]!.replace(/./g, '-'));
  return `${[heading(profile), '', ...lines].join('\n')}\n`;
};

const byTime = ({ functions, seconds }: Profile): FunctionProfile[] =>
  functions.map((f) => ({ ...f, share: f.seconds / (seconds || 1) })).sort((a, b) => b.seconds - a.seconds);

const heading = ({ instructions, translated, samples, seconds, symbols, exact }: Profile): string =>
  [
    `${count(instructions)} instructions in ${seconds.toFixed(1)} s, ${percent(translated / (instructions || 1))} in translated code`,
    `${samples} samples${exact ? ', executions counted' : ''}`,
    symbols ? `kernel names from ${symbols}` : 'no kernel names: give --symbols',
  ].join('; ');

const layOut = (rows: readonly (readonly string[])[], columns: readonly Column[]): string[] => {
  const widths = columns.map((_, n) => Math.max(...rows.map((row) => row[n]!.length)));
  return rows.map((row) =>
    row
      .map((text, n) => (columns[n]!.left ? text.padEnd(widths[n]!) : text.padStart(widths[n]!)))
      .join('  ')
      .trimEnd(),
  );
};

const sum = (functions: readonly FunctionProfile[], name: string): FunctionProfile => {
  const total = (of: (f: FunctionProfile) => number): number => functions.reduce((result, f) => result + of(f), 0);
  const exits: Record<string, number> = {};
  for (const f of functions)
    for (const [reason, n] of Object.entries(f.exits)) exits[reason] = (exits[reason] ?? 0) + n;
  return {
    module: 'kernel',
    name,
    share: total((f) => f.share),
    sampledShare: total((f) => f.sampledShare),
    instructions: total((f) => f.instructions),
    translated: total((f) => f.translated),
    samples: total((f) => f.samples),
    seconds: total((f) => f.seconds),
    executions: total((f) => f.executions ?? 0),
    exits,
  };
};
