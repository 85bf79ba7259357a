import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { cpio } from '../../bench/debian/cpio.ts';
import { Console } from '../support/console.ts';
import { runs, skipWithout } from '../support/tools.ts';
import { nativeRom } from './native-rom.ts';
import { GUEST_IMAGE, plain, preempts, type Shell, shellOn } from './session.ts';
import { banner, follow, PROGRAMS, SHELL, vmiTranscript } from './transcripts.ts';

const missing = runs('qemu-system-i386', '--version') ? undefined : 'no qemu-system-i386';

/** Longest silence before a hung machine fails its test. */
const PATIENCE_MS = 60_000;

vi.setConfig({ testTimeout: 4 * PATIENCE_MS });

let machine: Console | undefined;

afterEach(() => machine?.kill());

function boot(...options: string[]): Console {
  const args = ['-kernel', GUEST_IMAGE, '-accel', 'tcg', '-nographic', '-no-reboot', '-nic', 'none', ...options];
  machine = Console.spawn('qemu-system-i386', args);
  return machine;
}

/** Boots to the prompt. */
const shell = (...options: string[]): Promise<Shell> => shellOn(boot(...options), PATIENCE_MS);

describe.skipIf(skipWithout(missing))('the guest in QEMU', () => {
  test('boots, runs its programs and powers off', async () => {
    const run = await shell('-m', '64');
    expect(plain(machine!.output)).toMatch(banner(64));
    await follow(run, PROGRAMS);
    machine!.type('poweroff\n');
    expect(await machine!.exit).toBe(0);
    expect(machine!.output).toMatch(/Power off\.\r\n$/);
  });

  test('has a shell with pipelines, redirections and exit codes', async () => {
    await follow(await shell('-m', '64'), SHELL);
  });

  test('speaks VMI to a ROM of plain i386 code', async () => {
    const run = await shell('-m', '64', '-option-rom', nativeRom());
    expect(plain(machine!.output)).toMatch(banner(64, 'vmi'));
    await follow(run, [...vmiTranscript('native'), ...PROGRAMS]);
  });

  test('finds its operations whole without a hypervisor', async () => {
    await follow(await shell('-m', '64'), vmiTranscript('none'));
  });

  test('preempts, sleeps, and lets ^C end the foreground', async () => {
    const run = await shell('-m', '64');
    await preempts(machine!, run, PATIENCE_MS);
  });

  test('edits lines', async () => {
    await shell('-m', '64');
    machine!.type('echo nonsense\x15echo wronh\x7fg way\b\b\bone\n');
    expect(await machine!.expect(/\nwrong one\r\n/, PATIENCE_MS)).not.toMatch(/\nnonsense/);
  });

  test.each([
    ['16 MB', ['-m', '16']],
    ['1 GB', ['-m', '1024']],
    [
      'a CPU without SSE, SEP, PSE, PGE and TSC',
      ['-m', '32', '-cpu', 'qemu32,-sse,-sse2,-sse3,-mmx,-sep,-pse,-pge,-tsc'],
    ],
  ])('works with %s', async (_, options) => {
    const run = await shell(...options);
    expect(await run('forktest 5')).toMatch(/5 rounds of 4 children, ok/);
    expect(await run('fptest')).toMatch(/fptest: ok/);
    expect(await run('memtest 8192')).toMatch(/memtest: 8192 KB, ok/);
    expect(await run('vmi selftest')).toMatch(/ 0 of the hypervisor, 74 native: ok/);
  });

  test('survives a program that wants all memory', async () => {
    const run = await shell('-m', '16');
    expect(await run('memtest 100000; echo $?')).toMatch(/memtest\[\d+\]: out of memory.*\n137\n$/s);
    expect(await run('free | wc; forktest 3')).toMatch(/3 rounds of 4 children, ok/);
  });

  test('loses no memory over many processes', async () => {
    const run = await shell('-m', '32');
    const used = async () => Number(/Mem: +\d+ +(\d+)/.exec(await run('free'))![1]);
    await run('forktest 2; yes | head | wc');
    const before = await used();
    await run('forktest 20; memtest; yes | head | wc; echo a >/tmp/a; rm /tmp/a');
    expect(await used()).toBe(before);
  });

  test('runs the command after "--" and powers off', async () => {
    const console = boot('-m', '64', '-append', '-- primes 1000 | wc; hello');
    expect(await console.exit).toBe(0);
    expect(plain(console.output)).toMatch(/\n1 6 42 -\nHello from ring 3/);
  });

  test('takes files from a cpio archive given as a module', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vmi86-module-'));
    const data = Buffer.alloc(100_000, 'module ');
    const directory = { kind: 'directory', path: 'data', mode: 0o755 } as const;
    const archive = join(folder, 'extra.cpio');
    writeFileSync(archive, cpio([directory, { kind: 'file', path: 'data/big', mode: 0o644, data }]));
    const run = await shell('-m', '64', '-initrd', archive);
    rmSync(folder, { recursive: true });
    expect(await run('md5sum /data/big')).toBe(`${createHash('md5').update(data).digest('hex')}  /data/big\n`);
  });

  test('resets on reboot', async () => {
    await shell('-m', '64');
    machine!.type('reboot\n');
    // With -no-reboot a reset ends QEMU.
    expect(await machine!.exit).toBe(0);
  });
});
