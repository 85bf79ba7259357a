/** The workload for VMI kernels does in Debian's kernel, in vmi86, what it does on the machine that runs the test. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { debianGuest } from '../../bench/debian/guest.ts';
import { vmi86 } from '../support/engines.ts';
import { compileProgram, workloadInitrd } from '../vmi/initrd.ts';

/** A bound, not a measurement. */
const TIMEOUT_MS = 600_000;
vi.setConfig({ testTimeout: TIMEOUT_MS });

/** What needs neither a disk nor the right to use ports. */
const PARTS = ['fork', 'exec', 'pipe', 'memory', 'signals', 'alarms', 'float', 'segments', 'steps', 'clock'];

/** The native results, if this machine can compile and run i386 programs. */
async function native(folder: string): Promise<string[]> {
  const program = join(folder, 'workload');
  await compileProgram('bin/workload', program);
  return PARTS.map((part) => execFileSync(program, ['none', part], { encoding: 'latin1' }).split('\n')[0]!);
}

const folder = mkdtempSync(join(tmpdir(), 'vmi86-workload-'));
const found = await Promise.all([debianGuest(), native(folder)]).catch((error: Error) => {
  if (process.env['CI']) throw error;
  console.warn(`The workload is skipped: ${error.message}`);
  return undefined;
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(found === undefined)('the workload', () => {
  let guest: ReturnType<typeof vmi86>;

  beforeAll(async () => {
    const initrd = join(folder, 'initrd');
    writeFileSync(initrd, await workloadInitrd());
    guest = vmi86({ kernel: found![0].kernels['686'], initrd, append: 'console=ttyS0' });
    await guest.expect('shell ready', TIMEOUT_MS);
  }, TIMEOUT_MS);

  afterAll(() => guest.kill());

  test.each(PARTS)('%s', async (part) => {
    guest.type(`workload none ${part}\n`);
    await guest.expect(`none ${part}\r\n`, TIMEOUT_MS);
    const output = await guest.expect(/status \d+\r\n/, TIMEOUT_MS);
    expect(output.split('\r\n')).toEqual([found![1][PARTS.indexOf(part)], 'workload done', 'status 0', '']);
  });

  test('an unknown command is no end', async () => {
    guest.type('nonsense\n');
    expect(await guest.expect(/status \d+/, TIMEOUT_MS)).toMatch(/no such program\r\nstatus 127$/);
  });
});
