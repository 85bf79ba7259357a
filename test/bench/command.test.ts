import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { parseCosts } from '../../bench/micro/calls.ts';
import { PROGRAMS } from '../../bench/programs/table.ts';
import { ROWS_2006 } from '../../bench/report/measurements-2006.ts';
import { overheadSection } from '../../bench/report/overhead.ts';
import { newRecord, type Record } from '../../bench/session/record.ts';
import { FakeHost } from '../cli/fake-host.ts';
import { MAIN } from '../support/engines.ts';
import { runs, skipWithout } from '../support/tools.ts';

vi.setConfig({ testTimeout: 120_000 });

const folder = mkdtempSync(join(tmpdir(), 'vmi86-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

const QUICK = ['--guest', 'embedded', '--memory', '64M', '--scale', '0.002', '--rounds', '1'];

async function bench(...args: string[]) {
  const host = new FakeHost(async () => undefined);
  const status = await host.run('bench', ...args);
  return { status, output: host.output, errors: host.errors };
}

const missing = runs('gcc', '-m32', '-E', '-x', 'c', '/dev/null') ? undefined : 'no gcc that knows -m32';

describe.skipIf(skipWithout(missing))('vmi86 bench', () => {
  test('peers writes tables, samples and a page', async () => {
    const [json, html] = [join(folder, 'peers.json'), join(folder, 'peers.html')];
    const what = ['--only', 'fib,sleep', '--peers', 'vmi86,qemu'];
    const { status, output } = await bench('peers', ...QUICK, ...what, '--json', json, '--html', html);
    expect(status).toBe(0);
    expect(output).toMatch(/^fib /m);
    expect(output).toMatch(/^CPU while the guest sleeps /m);
    const { kind, host, options, subjects, report } = JSON.parse(readFileSync(json, 'utf8'));
    expect([kind, options.rounds]).toEqual(['peers', 1]);
    expect(Object.keys(host)).toEqual(['date', 'processor', 'processors', 'node']);
    const [vmi86] = subjects;
    expect(vmi86.name).toBe('vmi86');
    expect(Object.keys(vmi86.boots[0]).sort()).toEqual(['cpuSeconds', 'peakRssBytes', 'rssBytes', 'wallSeconds']);
    expect(vmi86.runs.fib).toHaveLength(1);
    expect(vmi86.runs.fib[0]).toMatchObject({ count: 2, checksum: expect.any(Number) });
    expect([vmi86.idle.length, vmi86.loads.length]).toEqual([1, 1]);
    expect(report.sections.length).toBeGreaterThan(0);
    expect(readFileSync(html, 'utf8')).toContain('<svg');
  });

  test('micro has the rows of 2006 beside its own', async () => {
    const { status, output } = await bench('micro', ...QUICK, '--only', 'null,mprotect');
    expect(status).toBe(0);
    expect(output).toMatch(/^null call +[\d.]+ +[\d.]+ +[\d.–]+ +1\.00 +1\.00$/m);
    expect(output).toMatch(/^mprotect +[\d.]+ +[\d.]+ +[\d.–]+ +– +–$/m);
    expect(output).not.toContain('\nmmap ');
    const [, first] = output.split('First runs in a boot');
    expect(first).toMatch(/^null +[\d.]+ +[\d.]+ +[\d.–]+$/m);
  });

  test('without a run to warm up all runs are first ones, and counted', async () => {
    const { output } = await bench('micro', ...QUICK, '--only', 'null', '--vmi', 'on', '--warm-up', '0');
    expect(output).toMatch(/^null call +[\d.]+ /m);
    expect(output).not.toContain('First runs');
  });

  test('micro tells what translating costs', async () => {
    const { output } = await bench('micro', '--only', 'translator');
    expect(output).toMatch(/^decode +\d+ +[\d.]+ +[\d.]+ ±[\d.]+ %$/m);
  });

  test('macro has boot, workloads, groups, and the compilation of 2006', async () => {
    const { status, output } = await bench('macro', ...QUICK, '--only', 'sieve,build', '--vmi', 'on');
    expect(status).toBe(0);
    for (const name of ['boot', 'sieve', 'build', 'kernel compile, UP'])
      expect(output).toMatch(new RegExp(`^${name} +`, 'm'));
  });

  test('Ctrl-C ends with what there is', async () => {
    const args = ['bench', 'peers', ...QUICK, '--only', 'null', '--peers', 'vmi86', '--rounds', '1000'];
    const child = spawn(process.execPath, [MAIN, ...args]);
    let [output, errors] = ['', ''];
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => {
      errors += chunk;
      // The first round is over when the second is announced, or soon: then it has something to print.
      setTimeout(() => child.kill('SIGINT'), 10_000);
    });
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect(errors).toBe('vmi86 …\n');
    expect(status).toBe(130);
    expect(output).toMatch(/^boot to shell, CPU s +[\d.]+$/m);
  });

  test.for([
    [['--only', 'nothing'], /--only: names of programs, of the groups integer, .*, or boot, sleep/],
    [['--peers', 'bochs'], /--peers: native, vmi86, qemu, v86, vmi86-no-jit, vmi86-profile; not bochs/],
    [['--kernel', 'nowhere'], /nowhere: no such file/],
    [['--initrd', 'x'], /--initrd needs --kernel/],
    [['--json', '/nowhere/x.json'], /\/nowhere\/x\.json: no such file/],
    [['--rounds', '0'], /--rounds <n>' argument '0' is invalid/],
    [['--scale', '-1'], /--scale <x>' argument '-1' is invalid/],
  ] as const)('bad input is one line: %s', async ([args, line]) => {
    const { status, errors } = await bench('peers', ...args);
    expect(status).toBe(2);
    expect(errors).toMatch(line);
    expect(errors.trim().split('\n')).toHaveLength(1);
  });
});

test("the costs of calls are read from the guest's output", () => {
  const output = 'Booting on vmi\r\nEnableInterrupts 1.25 20.00\r\nSetPxE 9.10 -\r\n$ poweroff\r\n';
  expect(parseCosts(output)).toEqual([
    { name: 'EnableInterrupts', patched: 1.25, unpatched: 20 },
    { name: 'SetPxE', patched: 9.1, unpatched: undefined },
  ]);
});

test('the overhead of an operation is the ratio of medians a unit of work', () => {
  const record = (name: string, seconds: number[]): Record => ({
    ...newRecord({ name }),
    runs: new Map([
      [
        '8p/16K',
        seconds.map((cpuSeconds) => ({
          count: 100,
          cpuSeconds,
          wallSeconds: 99,
          guestSeconds: 99,
          accountedSeconds: 99,
          checksum: 1,
        })),
      ],
    ]),
  });
  const records = [record('VMI', [8, 4, 4]), record('no VMI', [8, 8, 16])];
  const { rows, head } = overheadSection('micro', PROGRAMS, records, { vmi: 'VMI', native: 'no VMI' });
  expect(head).toEqual(['', 'VMI', 'no VMI', 'ratio here', 'Pentium 4', 'Opteron']);
  // Four seconds for a hundred turns of eight switches.
  expect(rows.find(([name]) => name === 'ctxsw 8p/16K')).toEqual([
    'ctxsw 8p/16K',
    '5000 ±50 %',
    '10000 ±50 %',
    '0.50 ±75 %',
    '1.02',
    '0.97',
  ]);
  const published = ROWS_2006.filter(({ kind }) => kind === 'micro').map(({ name }) => name);
  expect(rows.slice(0, published.length).map(([name]) => name)).toEqual(published);
  expect(rows.find(([name]) => name === 'mmap')).toEqual(['mmap', '–', '–', '–', '1.02', '1.00']);
});
