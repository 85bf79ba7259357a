import { expect, test } from 'vitest';
import { peersReport } from '../../bench/peers/report.ts';
import { PROGRAMS, select } from '../../bench/programs/table.ts';
import { groupRows, programRows } from '../../bench/report/comparison.ts';
import { savingsSection } from '../../bench/report/savings.ts';
import { geometricMean, median, spread } from '../../bench/report/statistics.ts';
import { textReport } from '../../bench/report/text.ts';
import { newRecord, type Record } from '../../bench/session/record.ts';
import type { Run } from '../../bench/session/session.ts';

const MIB = 1 << 20;

const run = (seconds: number, checksum = 1): Run => ({
  count: 1,
  cpuSeconds: seconds,
  accountedSeconds: seconds,
  wallSeconds: 99,
  guestSeconds: 99,
  checksum,
});

function record(name: string, runs: { [program: string]: Run[] }, rest: Partial<Record> = {}): Record {
  return { ...newRecord({ name, native: name === 'native' }), runs: new Map(Object.entries(runs)), ...rest };
}

const programs = select(['sieve', 'fib', 'null'])!;
const records = [
  record('native', { sieve: [run(1), run(2), run(3)], fib: [run(1)], null: [run(1)] }),
  record(
    'vmi86',
    { sieve: [run(8)], fib: [run(4)], null: [run(3)] },
    {
      boots: [{ cpuSeconds: 6, wallSeconds: 5, rssBytes: MIB, peakRssBytes: 300 * MIB }],
    },
  ),
  record(
    'qemu',
    { sieve: [run(8, 2)], fib: [run(9)] },
    {
      failures: new Map([['null', 'SIGILL']]),
      boots: [{ cpuSeconds: 3, wallSeconds: 5, rssBytes: MIB, peakRssBytes: 100 * MIB }],
    },
  ),
  record('v86', {}, { reason: 'not installed' }),
];

test('a median is the middle, or the mean of the two in the middle', () => {
  expect(median([10, 9, 100])).toBe(10);
  expect(median([10, 2, 100, 9])).toBe(9.5);
});

test('spread is half the range over the median, a geometric mean the root of the product', () => {
  expect(spread([1, 2, 3])).toBe(0.5);
  expect(geometricMean([2, 8])).toBeCloseTo(4);
});

test('ratios are of medians, and of the same program in the reference', () => {
  const [sieve, fib, none] = programRows(programs, records, 'native').toSorted((a, b) => (a.name < b.name ? 1 : -1));
  expect(sieve.cells['native']).toEqual({ rounds: 3, seconds: 2, spread: 0.5, ratio: 1 });
  expect(sieve.cells['vmi86']).toMatchObject({ seconds: 8, ratio: 4 });
  expect(fib.name).toBe('null');
  expect(fib.cells['qemu']).toBe('SIGILL');
  expect(fib.cells['v86']).toBe('not installed');
  expect(none.cells['vmi86']).toMatchObject({ ratio: 4 });
});

test('a group is the geometric mean over the programs that nobody lacks who has any', () => {
  const rows = groupRows(programRows(programs, records, 'native'), ['vmi86', 'qemu', 'v86']);
  expect(rows.map(({ group }) => group)).toEqual(['integer', 'system']);
  expect(rows[0].programs).toBe(2);
  expect(rows[0].ratios['vmi86']).toBeCloseTo(4);
  expect(rows[0].ratios['qemu']).toBeCloseTo(6);
  expect(rows[0].ratios).not.toHaveProperty('v86');
  expect(Object.keys(rows[1].ratios)).toEqual(['vmi86']);
});

test('without the reference there are times but no groups', () => {
  const rows = programRows(programs, [records[1]], 'native');
  expect(rows.find(({ name }) => name === 'fib')!.cells['vmi86']).toMatchObject({ seconds: 4, ratio: undefined });
  expect(groupRows(rows, ['vmi86'])).toEqual([]);
});

test('the text has a line a program, boots against QEMU, and says who is missing, failed or differs', () => {
  const lines = textReport(peersReport(programs, records)).trimEnd().split('\n');
  const words = (start: string) => lines.find((line) => line.startsWith(start))!.split(/ {2,}/);
  expect(words('sieve')).toEqual(['sieve', '2000 ms ±50 %', '4.00', '4.00', '–']);
  expect(words('null')).toEqual(['null', '1000 ms', '3.00', '–', '–']);
  expect(words('integer compute (2)')).toEqual(['integer compute (2)', '4.00', '6.00', '–']);
  expect(words('boot, CPU, QEMU = 1')).toEqual(['boot, CPU, QEMU = 1', '2.00', '1.00', '–']);
  expect(words('peak RSS, boot, MiB')).toEqual(['peak RSS, boot, MiB', '300', '100', '–']);
  expect(lines.slice(-3)).toEqual(['v86: not installed', 'qemu: null: SIGILL', 'qemu: sieve: CHECKSUM DIFFERS']);
});

test('first runs have tables of their own', () => {
  const warmed = records.map((one) => ({ ...one, firstRuns: one.name === 'vmi86' ? records[0]!.runs : one.runs }));
  const lines = textReport(peersReport(programs, warmed)).split('\n');
  const at = (title: string) => lines.findIndex((line) => line.startsWith(title));
  const first = at('Programs, first runs in a boot');
  expect(first).toBeGreaterThanOrEqual(0);
  expect(at('Programs: ')).toBeGreaterThan(first);
  expect(
    lines
      .slice(first)
      .find((line) => line.startsWith('sieve'))!
      .split(/ {2,}/)[2],
  ).toBe('1.00 ±50 %');
  expect(textReport(peersReport(programs, records))).not.toContain('first runs');
});

test('with vmi86 and its profile among the peers, the text says what a profile costs', () => {
  const profiled = records.map((one) => (one.name === 'qemu' ? { ...one, name: 'vmi86-profile' } : one));
  const text = textReport(peersReport(programs, profiled));
  const words = (start: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(start))
      .at(-1)!
      .split(/ {2,}/);
  expect(text).toContain('What a profile costs');
  expect(words('sieve').at(-1)).toBe('1.000');
  expect(words('all programs').at(-1)).toMatch(/^\d\.\d{3}$/);
  expect(words('boot to shell  ')).toEqual(['boot to shell', '6.00 s', '3.00 s', '0.500']);
  expect(textReport(peersReport(programs, records))).not.toContain('What a profile costs');
});

test('programs are chosen by name and by group, in the order of the table', () => {
  expect(select(['null', 'x87', 'fib'])!.map(({ name }) => name)).toEqual([
    'fib',
    'nbody-x87',
    'mandelbrot-x87',
    'matrix-x87',
    'transcendental-x87',
    'null',
  ]);
  expect(select(['fib', 'nothing'])).toBeUndefined();
  expect(new Set(PROGRAMS.map(({ name }) => name)).size).toBe(PROGRAMS.length);
});

test('counters are medians of the rounds, beside each other', () => {
  const counted = (tlbMisses: number) => ({
    tlbMisses,
    transfers: 10,
    exceptions: { 14: 2, 32: 1 },
    counters: {
      tlbFlushes: 0,
      spacesKept: 5,
      translationsRestored: 4,
      translationsPrefilled: 3,
      tableChangesBatched: 2,
    },
  });
  const counters = [counted(3000), counted(1000), counted(2000)];
  const [section] = savingsSection([record('VMI', {}, { counters }), record('no VMI', {}, { counters: [counted(9)] })]);
  expect(section.head).toEqual(['', 'VMI', 'no VMI']);
  expect(section.rows.slice(0, 3)).toEqual([
    ['TLB misses', '2,000', '9'],
    ['TLB emptied', '–', '–'],
    ['loads of CR3 that kept translations', '5', '5'],
  ]);
  expect(section.rows.at(-1)).toEqual(['exceptions and interrupts', '3', '3']);
  expect(savingsSection([record('VMI', {})])).toEqual([]);
});
