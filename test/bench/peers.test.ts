import { expect, test, vi } from 'vitest';
import { measure } from '../../bench/peers/measure.ts';
import { median, summarize } from '../../bench/peers/statistics.ts';
import { table } from '../../bench/peers/table.ts';

// Processes are started here, and other tests may keep the machine busy.
vi.setConfig({ testTimeout: 60_000 });

const MIB = 1 << 20;
const limits = () => ({ timeoutSeconds: 60, signal: new AbortController().signal });
const node = (program: string) => [process.execPath, '--eval', program] as const;
/** Keeps a process alive after its marker, as an emulator would be. */
const STAY = 'setInterval(() => {}, 1000);';

test('a median is the middle, or the mean of the two in the middle', () => {
  expect(median([10, 9, 100])).toBe(10);
  expect(median([10, 2, 100, 9])).toBe(9.5);
});

test('each quantity has a median of its own', () => {
  const sample = (cpuSeconds: number, wallSeconds: number) => ({ cpuSeconds, wallSeconds, peakRssBytes: MIB });
  expect(summarize([sample(1, 9), sample(2, 8), sample(3, 7)])).toEqual({
    rounds: 3,
    cpuSeconds: 2,
    wallSeconds: 8,
    peakRssBytes: MIB,
  });
});

test('the table has ratios to the reference and names who is missing', () => {
  const summary = (cpuSeconds: number) => ({ rounds: 3, cpuSeconds, wallSeconds: cpuSeconds, peakRssBytes: 100 * MIB });
  const rows = [
    { name: 'slow', summary: summary(10) },
    { name: 'base', summary: summary(4) },
    { name: 'gone', reason: 'not installed' },
  ];
  const lines = table(rows, 'base').split('\n');
  expect(lines[1].split(/ +/)).toEqual(['slow', '3', '10.00', '10.00', '100', '2.50', '2.50', '1.00']);
  expect(lines.at(-1)).toBe('gone: not installed');
  expect(table(rows, 'gone').split('\n')[1].split(/ +/).slice(-3)).toEqual(['–', '–', '–']);
});

test('a measurement covers the process and its descendants', async () => {
  const work =
    'const a = Buffer.alloc(100 << 20, 1); const s = process.cpuUsage(); while (process.cpuUsage(s).user < 3e5);';
  const child = `require('child_process').execFileSync(process.execPath, ['--eval', ${JSON.stringify(work)}])`;
  const sample = await measure(node(`${work} ${child}; console.log('rea' + 'dy'); ${STAY}`), 'ready', limits());
  expect(sample.cpuSeconds).toBeGreaterThanOrEqual(0.6);
  expect(sample.peakRssBytes).toBeGreaterThan(100 * MIB);
});

test('a measurement says why there is none', async () => {
  await expect(measure(['no-such-program'], 'ready', limits())).rejects.toThrow('ENOENT');
  await expect(measure(node('console.log("panic"); process.exit(7)'), 'ready', limits())).rejects.toThrow(
    'ended with 7: panic',
  );
  await expect(measure(node(STAY), 'ready', { ...limits(), timeoutSeconds: 1 })).rejects.toThrow('not there after 1 s');
  const interrupted = new AbortController();
  const running = measure(node(STAY), 'ready', { ...limits(), signal: interrupted.signal });
  interrupted.abort();
  await expect(running).rejects.toThrow('interrupted');
});
