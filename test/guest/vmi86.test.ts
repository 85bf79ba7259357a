import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { HEADER } from '../../src/hypervisor/rom.ts';
import type { Console } from '../support/console.ts';
import { vmi86Boot } from '../support/engines.ts';
import { nativeRom } from './native-rom.ts';
import { plain, preempts, type Shell, shellOn } from './session.ts';
import { banner, follow, PROGRAMS, SHELL, type Transcript, vmiTranscript } from './transcripts.ts';

/** Longest silence before a hung machine fails its test; regions of one instruction take their time. */
const PATIENCE_MS = 240_000;

vi.setConfig({ testTimeout: 4 * PATIENCE_MS });

let machine: Console | undefined;
afterEach(() => machine?.kill());

function boot(...options: string[]): Console {
  machine = vmi86Boot(...options);
  return machine;
}
const shell = (...options: string[]): Promise<Shell> => shellOn(boot(...options), PATIENCE_MS);

const modes: [string, string[]][] = [
  ['as it comes', []],
  ['with the interpreter alone', ['--no-jit']],
  ['with everything translated at once', ['--jit-threshold', '0']],
  ['with regions of one instruction', ['--jit-threshold', '0', '--region-limit', '1']],
];

describe.each(modes)('the guest in vmi86 %s', (_, options) => {
  test('boots, runs its programs and powers off', async () => {
    const run = await shell('--memory', '64', ...options);
    expect(plain(machine!.output)).toMatch(banner(64, 'vmi'));
    await follow(run, PROGRAMS);
    machine!.type('poweroff\n');
    expect(await machine!.exit).toBe(0);
    expect(machine!.output).toMatch(/Power off\.\r\n$/);
  });

  test('has a shell with pipelines, redirections and exit codes', async () => {
    await follow(await shell('--memory', '64', ...options), SHELL);
  });

  test('finds that every VMI call does what it should', async () => {
    await follow(await shell('--memory', '64', ...options), vmiTranscript('vmi86'));
  });
});

describe('the guest in vmi86, whoever answers VMI,', () => {
  test('runs on a ROM of plain i386 code', async () => {
    const run = await shell('--memory', '64', '--vmi', nativeRom());
    expect(plain(machine!.output)).toMatch(banner(64, 'vmi'));
    await follow(run, [...vmiTranscript('native'), ...PROGRAMS]);
  });

  test('runs without any ROM', async () => {
    const run = await shell('--memory', '64', '--vmi', 'off');
    expect(plain(machine!.output)).toMatch(banner(64));
    await follow(run, [...vmiTranscript('none'), ...PROGRAMS]);
  });

  // xor eax, eax; ret
  const accept = [0x31, 0xc0, 0xc3];
  test.each<[string, (rom: Uint8Array) => void, message: string, host: string]>([
    [
      'takes addresses that are in use',
      (rom) => new DataView(rom.buffer).setUint32(HEADER.virtualTop, 0xf000_0000, true),
      'the ROM wants addresses from f0000000 up, which are in use',
      'bare hardware',
    ],
    // push 5; pop eax; ret
    ['refuses', (rom) => rom.set([0x6a, 5, 0x58, 0xc3], HEADER.init), 'the ROM refuses', 'bare hardware'],
    [
      'answers nonsense',
      (rom) => {
        rom.set(accept, HEADER.init);
        // mov dl, 9; ret
        rom.set([0xb2, 9, 0xc3], HEADER.getReloc);
      },
      'call 73: relocation type 9 ignored',
      'vmi',
    ],
  ])('survives a ROM that %s', async (_, change, message, host) => {
    const run = await shell('--memory', '64', '--vmi', nativeRom(change));
    expect(plain(machine!.output)).toContain(`vmi: ${message}\n`);
    expect(plain(machine!.output)).toContain(`Booting on ${host}\n`);
    expect(await run('forktest 2')).toBe('forktest: 2 rounds of 4 children, ok\n');
  });

  test('tells what the calls cost', async () => {
    const run = await shell('--memory', '64', '--no-jit');
    const lines = (await run('vmi bench')).trimEnd().split('\n');
    for (const line of lines) expect(line).toMatch(/^\w+ (\d+\.\d\d|-) (\d+\.\d\d|-)$/);
    expect(lines.map((line) => line.split(' ')[0])).toEqual(
      expect.arrayContaining(['EnableInterrupts', 'SetInterruptMask', 'IRET', 'SetCR3', 'SetPxE', 'APICWrite']),
    );
  });
});

describe('the guest in vmi86', () => {
  test('preempts, sleeps, and lets ^C end the foreground', async () => {
    const run = await shell();
    await preempts(machine!, run, PATIENCE_MS);
  });

  test.each(['16', '1G'])('works with %s of memory', async (memory) => {
    const run = await shell('--memory', memory);
    expect(await run('forktest 5; memtest 8192')).toMatch(/5 rounds of 4 children, ok\n.*memtest: 8192 KB, ok\n$/s);
  });

  test('starts again on reboot', async () => {
    const run = await shell('--memory', '32');
    expect(await run('echo x >/tmp/a; cat /tmp/a')).toBe('x\n');
    machine!.type('reboot\n');
    const again = await shellOn(machine!, PATIENCE_MS);
    expect(plain(machine!.output).match(new RegExp(banner(32, 'vmi'), 'g'))).toHaveLength(2);
    expect(await again('cat /tmp/a')).toBe('cat: /tmp/a: no such file or directory\n');
  });

  test.each([['on'], ['off']])('halts for good, with --vmi %s', async (mode) => {
    await shell('--memory', '32', '--vmi', mode);
    machine!.type('halt\n');
    await machine!.expect('System halted.', PATIENCE_MS);
    machine!.type('echo still here\n');
    await expect(machine!.expect('still here', 1000)).rejects.toThrow();
  });

  const script: Transcript = [
    ['primes 20000', /^primes below 20000: 2262,/],
    ['forktest 5', /ok\n$/],
  ];
  test('counts in the file of --stats what it did', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vmi86-stats-'));
    const file = join(folder, 'stats.json');
    const run = await shell('--memory', '32', '--jit-threshold', '0', '--stats', file);
    await follow(run, script);
    machine!.type('poweroff\n');
    await machine!.exit;
    const stats = JSON.parse(readFileSync(file, 'utf8'));
    rmSync(folder, { recursive: true });
    expect(stats.status).toBe(0);
    // The sieve alone is more than that.
    expect(stats.instructions.interpreter + stats.instructions.translated).toBeGreaterThan(100_000);
    const positive = ['regions', 'modules', 'codeBytes', 'compileSeconds', 'transfers', 'tlbMisses', 'cpuSeconds'];
    for (const name of positive) expect(stats[name], name).toBeGreaterThan(0);
    expect(stats.instructions.translated).toBeGreaterThan(stats.transfers);
    expect(stats.invalidations).toBeGreaterThan(0);
    expect(stats.peakRss).toBeGreaterThan(32 << 20);
    // Copy-on-write and demand paging fault; the timer interrupts.
    expect(stats.exceptions['14']).toBeGreaterThan(0);
    expect(stats.exceptions['32']).toBeGreaterThan(0);
  });

  test('ends with 0 when the text of --exit-on appears, and prints nothing after it', async () => {
    const console = boot('--append', '-- hello; primes', '--exit-on', 'Hello from');
    expect(await console.exit).toBe(0);
    expect(console.output).toMatch(/Hello from$/);
  });

  test('ends with 4 when the time of --timeout runs out', async () => {
    const console = boot('--append', '-- yes', '--timeout', '3', '--serial', 'none');
    expect(await console.exit).toBe(4);
    expect(console.output).toBe('vmi86: timeout: the guest still ran after 3 seconds\n');
  });
});
