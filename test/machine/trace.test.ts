/** Traces of the embedded guest's boot: what is in them, and that the guest does not notice. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMachine, type MachineOptions, type TraceOptions } from '../../src/index.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'vmi86-trace-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

interface Line {
  readonly count: number;
  readonly subject: string;
  /** NaN for events without one. */
  readonly address: number;
  readonly text: string;
}

const LINE = /^ *(\d+) (\w+) +([0-9a-f]{8}|(?= {9})) +(.*)$/;

const parse = (line: string): Line => {
  const match = LINE.exec(line);
  if (!match) throw new Error(`no line of a trace: ${line}`);
  const [, count, subject, address, text] = match;
  return { count: Number(count), subject: subject!, address: Number.parseInt(address!, 16), text: text! };
};

const ENGINES: Readonly<Record<string, MachineOptions['engine']>> = {
  interpreter: { jit: false },
  translator: { threshold: 0 },
};

/** Boots, runs two programs and powers off. */
const run = async (engine: string, trace?: Omit<TraceOptions, 'file'>) => {
  const file = join(directory, 'trace');
  const machine = await createMachine({
    memory: 32 << 20,
    icount: true,
    append: '-- uname; hello',
    engine: ENGINES[engine]!,
    ...(trace && { trace: { file, ...trace } }),
  });
  let printed = '';
  machine.console.output.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  expect((await machine.run()).reason).toBe('poweroff');
  await machine.stop();
  const { instructions } = machine.stats();
  const lines = trace ? readFileSync(file, 'utf8').split('\n').slice(0, -1).map(parse) : [];
  return { printed, lines, count: instructions.interpreter + instructions.translated };
};

describe.each(Object.keys(ENGINES))('with the %s, a trace of', (engine) => {
  test('instructions has each one in its ranges, in order, and the guest does not notice', async () => {
    const plain = await run(engine);
    const entry = { first: 0x10000c, last: 0x10000c + 8 };
    const traced = await run(engine, { subjects: ['exec'], ranges: [entry, { first: 0xc0000000, last: 0xffffffff }] });
    expect(traced.printed).toBe(plain.printed);
    expect(traced.count).toBe(plain.count);
    expect(traced.lines[0]).toEqual({ count: 0, subject: 'exec', address: 0x10000c, text: 'cld' });
    const kernel = traced.lines.slice(1);
    expect(kernel.length).toBeGreaterThan(1000);
    expect(kernel.findIndex(({ count }, n) => n > 0 && count < kernel[n - 1]!.count)).toBe(-1);
    expect(traced.lines.filter(({ address }) => address < 0xc0000000 && address > entry.last)).toEqual([]);
  });

  test('events has each subject that was asked for', async () => {
    const { lines } = await run(engine, {
      subjects: [
        'exceptions',
        'interrupts',
        'pages',
        'vmi',
        'io',
        ...(engine === 'translator' ? ['jit' as const] : []),
      ],
    });
    const texts = (subject: string) => lines.filter((line) => line.subject === subject).map(({ text }) => text);
    // Demand paging of programs, in user mode.
    expect(texts('exceptions').some((text) => /^#PF code 000[46] address 0804/.test(text))).toBe(true);
    expect(texts('interrupts')).toContain('int 80');
    expect(texts('interrupts').some((text) => /^interrupt [2-9a-f]\w$/.test(text))).toBe(true);
    expect(texts('pages').some((text) => /^user fetch: page 0/.test(text))).toBe(true);
    expect(texts('pages')).toContain('supervisor write: page fault 0002');
    expect(texts('vmi')).toContain('Init()');
    expect(texts('vmi')).toContain('EnableInterrupts()');
    expect(texts('vmi').some((text) => /^SetCR3\(\w+=\w{8}\)$/.test(text))).toBe(true);
    // The console's characters: "vmi86 guest".
    const out = texts('io').filter((text) => text.startsWith('out 03f8: '));
    expect(String.fromCharCode(...out.map((text) => Number.parseInt(text.slice(-2), 16)))).toMatch(/vmi86 guest/);
    const regions = texts('jit');
    if (engine !== 'translator') return;
    expect(regions.some((text) => /^region: \d+ instructions in \d+ bytes$/.test(text))).toBe(true);
  });
});

test('ranges select by address', async () => {
  const ranges = [{ first: 0x08048000, last: 0x08050000 }];
  const { lines } = await run('interpreter', { subjects: ['exceptions', 'interrupts', 'io'], ranges });
  expect(lines.length).toBeGreaterThan(0);
  for (const { address } of lines) expect(address >= 0x08048000 && address <= 0x08050000).toBe(true);
});

test('a file that cannot be written ends the trace with one line, not the guest', async () => {
  const notices: string[] = [];
  const machine = await createMachine({
    memory: 32 << 20,
    append: '-- uname',
    engine: { jit: false },
    trace: { subjects: ['io'], file: '/dev/full', notice: (line) => notices.push(line) },
  });
  expect((await machine.run()).reason).toBe('poweroff');
  await machine.stop();
  expect(notices).toEqual(['trace: /dev/full: cannot be written (ENOSPC); the trace ends here']);
});
