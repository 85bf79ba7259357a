/**
 * Floating point and vectors under Debian's kernel: it finds what CPUID announces, and a program of the guest's computes
 * what real processors compute, alone and beside others that want the same registers.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { cpio } from '../../bench/debian/cpio.ts';

import type { Console } from '../support/console.ts';
import { BOOT_MS, boot, COMMAND_MS, debianOrSkip, untilShell } from '../support/debian.ts';
import { run } from '../support/shell.ts';

vi.setConfig({ testTimeout: BOOT_MS });

const found = await debianOrSkip("floating point with Debian's kernel is");

const FREESTANDING = ['-m32', '-static', '-nostdlib', '-ffreestanding', '-fno-pie', '-no-pie', '-fno-stack-protector'];
const FLAGS = [...FREESTANDING, '-std=gnu11', '-O2', '-msse2', '-mfpmath=sse', '-fno-math-errno'];

/** What an AMD EPYC prints. JavaScript's own arithmetic says the same of doubles and singles. */
const KNOWN = [
  'doubles 3fb924311b24b3fe 401fa465863816ee',
  'singles 3f69fd7a 40d11972',
  'packed 3ed40f79 3f69fd7a 3f6c2f2b 3f55ccbe',
  'integers e480ea60 74c23be0 b83eaf60 c55244e0',
  'x87 3ffd b2076b4c4009d5ac 4001 fd8f4f550540204e',
  'mmx fffefe30fff00000 00ff0e3000f00000',
  // All masked; inexact results.
  'mxcsr 00001fa0',
];

describe.skipIf(found === undefined)("a guest's floating point", () => {
  let directory: string;
  let guest: Console;
  const shell = (command: string) => run(guest, command, COMMAND_MS);

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'vmi86-float-'));
    const program = join(directory, 'float');
    const source = fileURLToPath(new URL('float/float.c', import.meta.url));
    const built = spawnSync('gcc', [...FLAGS, '-o', program, source], { encoding: 'utf8' });
    if (built.status !== 0) throw new Error(`gcc: ${built.stderr}`);
    const more = cpio([{ kind: 'file', path: 'bin/float', mode: 0o755, data: readFileSync(program) }]);
    const initrd = join(directory, 'initrd.gz');
    writeFileSync(initrd, Buffer.concat([readFileSync(found!.initrd), gzipSync(more)]));
    const files = { kernel: found!.kernels['686'], initrd, append: 'console=ttyS0' };
    guest = boot(files);
    await untilShell(guest);
  }, BOOT_MS);

  afterAll(() => {
    guest.kill();
    rmSync(directory, { recursive: true });
  });

  test('is announced', async () => {
    const { output } = await shell('cat /proc/cpuinfo');
    const flags = /^flags\t*: (.*)$/m.exec(output)![1]!.split(' ');
    expect(flags).toEqual(expect.arrayContaining(['fpu', 'mmx', 'fxsr', 'sse', 'sse2', 'pni', 'ssse3']));
  });

  test('is exact to the last bit', async () => {
    expect(await shell('float')).toEqual({ status: 0, output: KNOWN.map((line) => `${line}\n`).join('') });
  });

  test('is left alone by other processes', async () => {
    const programs = [1, 2, 3, 4].map((n) => `float > /tmp/${n} &`).join(' ');
    await shell(`${programs} wait`);
    const { output } = await shell('sort /tmp/1 /tmp/2 /tmp/3 /tmp/4 | uniq -c');
    const counted = output
      .trim()
      .split('\n')
      .map((line) => line.trim());
    expect(counted).toEqual([...KNOWN].sort().map((line) => `4 ${line}`));
  });
});
