/** The real gdb on the embedded guest, in every engine mode. */
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Console } from '../support/console.ts';
import { vmi86Boot } from '../support/engines.ts';
import { Gdb, gdbMissing, gdbPort } from '../support/gdb.ts';
import { skipWithout } from '../support/tools.ts';
import { PROMPT } from './session.ts';

const PATIENCE_MS = 60_000;
vi.setConfig({ testTimeout: 4 * PATIENCE_MS, hookTimeout: PATIENCE_MS });

/** The committed image, which has its symbols. */
const symbols = join(import.meta.dirname, '../../guest/guest.elf');

describe.skipIf(skipWithout(gdbMissing()))('gdb', () => {
  let guest: Console;
  let gdb: Gdb;

  afterEach(() => {
    gdb?.console.kill();
    guest?.kill();
  });

  /** Boots, waits for `ready`, and connects. */
  const start = async (options: readonly string[], ready?: () => Promise<unknown>): Promise<void> => {
    guest = vmi86Boot('--memory', '32M', '--gdb', '0', ...options);
    const port = await gdbPort(guest, PATIENCE_MS);
    await ready?.();
    gdb = await Gdb.start(symbols, PATIENCE_MS);
    await gdb.run(`target remote 127.0.0.1:${port}`);
  };

  test.each([
    ['as it comes', []],
    ['with the interpreter alone', ['--no-jit']],
    ['with everything translated at once', ['--jit-threshold', '0']],
    ['with regions of one instruction', ['--jit-threshold', '0', '--region-limit', '1']],
    ['with time that counts instructions', ['--icount']],
  ])('debugs a guest %s', async (_, options) => {
    await start(['--wait', ...options]);
    expect(await gdb.run('p $pc')).toMatch(/<multiboot_entry>/);
    // Paging is off still, so the breakpoint is set where nothing is yet.
    expect(await gdb.run('break kernel_main\ncontinue')).toMatch(/Breakpoint 1, 0xc0\w+ in kernel_main \(\)/);
    await gdb.run('delete');

    await gdb.run('hbreak sys_write');
    expect(await gdb.run('continue')).toMatch(/Breakpoint 2, 0xc0\w+ in sys_write \(\)/);
    expect(await gdb.run('backtrace 2')).toMatch(/#0 .* in sys_write \(\)\n#1 .* in system_call_dispatch \(\)/);
    expect(await gdb.run('delete\nfinish')).toMatch(/Run till exit .*\n.*in system_call_dispatch \(\)/s);
    const [, here, next] = /^=> (0x\w+).*\n +(0x\w+)/.exec(await gdb.run('x/2i $pc'))!;
    expect(await gdb.run(`break *${here}\nbreak *${next}\nstepi`)).toMatch(`${next} in system_call_dispatch`);
    expect(await gdb.run('delete\nbreak sys_read\ncontinue')).toMatch(/in sys_read \(\)/);
    expect(await gdb.run('set var $eax = 0x1234\np $eax\ninfo registers eflags')).toMatch(/= 4660\n.*\[.*IOPL=0/s);

    const hits = await gdb.run('delete\nwatch *(int *) &ticks\ncontinue\ncontinue');
    const [first, second] = [...hits.matchAll(/Old value = (\d+)\nNew value = (\d+)\n.* in tick \(\)/g)];
    expect(Number(first![2])).toBeGreaterThan(Number(first![1]));
    expect(second![1]).toBe(first![2]);

    expect(await gdb.run('detach')).toMatch(/detached/);
    await guest.expect(PROMPT, PATIENCE_MS);
    guest.type('echo still here; poweroff\n');
    await guest.expect(/\nstill here\r?\n/, PATIENCE_MS);
    expect(await guest.exit).toBe(0);
  });

  test('writes code, and what it has written runs in place of what was translated', async () => {
    const run = async (line: string, answer: RegExp) => {
      guest.type(`${line}\n`);
      return guest.expect(answer, PATIENCE_MS);
    };
    await start(['--jit-threshold', '0'], async () => {
      await guest.expect(PROMPT, PATIENCE_MS);
      expect(await run('hello', /process \d+\r?\n/)).not.toMatch(/process 77\r?\n/);
    });
    // mov eax, 77; ret
    await gdb.run('set {unsigned char[6]} sys_getpid = {0xb8, 77, 0, 0, 0, 0xc3}');
    await gdb.run('detach');
    await run('hello', /process 77\r?\n/);
  });
});
