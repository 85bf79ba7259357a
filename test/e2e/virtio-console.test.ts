/** A shell on the virtio console of Debian's kernel, while the kernel's messages go to the serial port. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { PROMPT, WITH_CONSOLE } from '../../bench/debian/guest.ts';
import type { Console } from '../support/console.ts';
import { BOOT_MS, COMMAND_MS, debianOrSkip, untilShell } from '../support/debian.ts';
import { vmi86 } from '../support/engines.ts';
import { run } from '../support/shell.ts';

vi.setConfig({ testTimeout: BOOT_MS });

const found = await debianOrSkip('Debian guests are');

describe.skipIf(found === undefined)('--console virtio', () => {
  let directory: string;
  let guest: Console;
  const serial = () => readFileSync(join(directory, 'serial.log'), 'latin1');

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'vmi86-console-'));
    const files = { kernel: found!.kernels[686], initrd: found!.initrd, append: `console=ttyS0 ${WITH_CONSOLE}` };
    guest = vmi86(files, ['--console', 'virtio', '--serial', join(directory, 'serial.log')]);
    await untilShell(guest);
  }, BOOT_MS);

  afterAll(() => {
    guest?.kill();
    rmSync(directory, { recursive: true });
  });

  test('has the shell, and the serial port what the kernel says', async () => {
    expect(await run(guest, 'tty', COMMAND_MS)).toEqual({ status: 0, output: '/dev/hvc0\n' });
    expect(guest.output).not.toMatch(/Linux version/);
    expect(serial()).toMatch(/Linux version 6\.1/);
  });

  test('loses nothing of what is typed and printed', async () => {
    const lines = Array.from({ length: 300 }, (_, n) => `line ${n} ${'x'.repeat(n % 70)}`);
    const text = lines.join('\n') + '\n';
    guest.type('stty -echo; cat >/tmp/typed\n');
    await guest.expect('/tmp/typed', COMMAND_MS);
    guest.type(`${text}\x04`);
    await guest.expect(PROMPT, COMMAND_MS);
    const { output } = await run(guest, 'cat /tmp/typed', COMMAND_MS);
    expect(output).toBe(text);
  });

  test('ends with the machine', async () => {
    guest.type('poweroff -f\n');
    expect(await guest.exit).toBe(0);
    expect(serial()).toMatch(/reboot: Power down/);
  });
});
