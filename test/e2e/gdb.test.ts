/** Debian's gdb on Debian's kernel: symbols by name, call chain, variables, and the guest goes on afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { FLAVOURS } from '../../bench/debian/guest.ts';
import type { Console } from '../support/console.ts';
import { BOOT_MS, COMMAND_MS, debianOrSkip, untilShell } from '../support/debian.ts';
import { vmi86 } from '../support/engines.ts';
import { Gdb, gdbMissing, gdbPort, parseSymbols, symbolFile } from '../support/gdb.ts';
import { run } from '../support/shell.ts';
import { skipWithout } from '../support/tools.ts';

vi.setConfig({ testTimeout: BOOT_MS });

const found = await debianOrSkip('Debian guests are');

/** What the tests name; the kernel's list has functions only. */
const FUNCTIONS = ['do_sys_openat2', '__ia32_sys_openat', '__ia32_sys_open', 'do_timer'];

describe.skipIf(found === undefined || skipWithout(gdbMissing())).each(FLAVOURS)('gdb on the %s kernel', (flavour) => {
  let directory: string;
  let guest: Console;
  let gdb: Gdb;
  let shell: (command: string) => ReturnType<typeof run>;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'vmi86-gdb-'));
    const { kernels, initrd } = found!;
    guest = vmi86({ kernel: kernels[flavour], initrd, append: 'console=ttyS0 nokaslr' }, ['--gdb', '0']);
    const port = await gdbPort(guest, COMMAND_MS);
    await untilShell(guest);
    shell = (command) => run(guest, command, COMMAND_MS);
    const { output } = await shell(`grep -E ' (${FUNCTIONS.join('|')})$' /proc/kallsyms`);
    gdb = await Gdb.start(symbolFile(directory, parseSymbols(output)), COMMAND_MS);
    await gdb.run(`target remote 127.0.0.1:${port}`);
  }, BOOT_MS);

  afterAll(() => {
    gdb?.console.kill();
    guest?.kill();
    rmSync(directory, { recursive: true });
  });

  test('breaks at a symbol, shows the registers there and who called it', async () => {
    expect(await gdb.run('break do_sys_openat2')).toMatch(/^Breakpoint 1 at 0xc1/);
    const said = await gdb.continueUntil(() => guest.type('cat /proc/version\n'));
    expect(said).toMatch(/Breakpoint 1, 0x\w+ in do_sys_openat2 \(\)/);
    expect(await gdb.run('backtrace 2')).toMatch(/#0 .* in do_sys_openat2 \(\)\n#1 .* in __ia32_sys_open(at)? \(\)/);
    // The kernel passes the first arguments in registers: the second one is the path.
    expect(await gdb.run('x/s $edx')).toMatch(/"\/proc\/version"/);
    expect(await gdb.run('p $cs & 3')).toBe('$1 = 0\n');
  });

  test('steps through the program, not through interrupts that are due', async () => {
    const code = await gdb.run('x/4i $pc');
    const addresses = [...code.matchAll(/^(?:=>)? +(0x\w+)/gm)].map(([, address]) => address);
    expect(addresses).toHaveLength(4);
    for (const address of addresses.slice(1)) expect(await gdb.run('stepi')).toMatch(`${address} in do_sys_openat2 ()`);
    expect(await gdb.run('x/i $pc')).toMatch(/=> 0x\w+ <do_sys_openat2\+/);
  });

  test('watches a variable', async () => {
    // jiffies_64 += ticks, which is in EAX.
    const [, address] = /add +%eax,0x(\w+)/.exec(await gdb.run('x/12i do_timer'))!;
    const variable = { address: Number.parseInt(address!, 16), type: 'D', name: 'jiffies_64' };
    const variables = symbolFile(mkdtempSync(join(directory, 'v')), [variable]);
    await gdb.run(`delete\nadd-symbol-file ${variables}`);
    expect(await gdb.run('watch *(unsigned int *) &jiffies_64')).toMatch(/^Hardware watchpoint 2/);
    const values: number[] = [];
    for (let n = 0; n < 3; n++) {
      const said = await gdb.run('continue');
      const [, before, after] = /Old value = (\d+)\nNew value = (\d+)\n0x\w+ in do_timer \(\)/.exec(said)!;
      expect(Number(after)).toBeGreaterThan(Number(before));
      values.push(Number(after));
    }
    expect(values).toEqual([...values].sort((a, b) => a - b));
  });

  test('stops on Ctrl-C, and time stands meanwhile', async () => {
    await gdb.run('delete');
    const stopped = await gdb.interrupt();
    expect(stopped).toMatch(/Program received signal SIGINT/);
    const read = async () => await gdb.run('p *(unsigned int *) &jiffies_64');
    const first = /= (\d+)/.exec(await read())![1];
    expect(/= (\d+)/.exec(await read())![1]).toBe(first);
  });

  test('reports memory that is not mapped as such', async () => {
    expect(await gdb.run('x/x 0x10')).toMatch(/Cannot access memory at address 0x10/);
  });

  test('detaches, and the guest goes on as if nothing had been', async () => {
    expect(await gdb.run('detach')).toMatch(/detached/);
    await guest.expect('the guest goes on', COMMAND_MS);
    expect((await shell('cat /proc/version')).output).toMatch(/^Linux version 6\.1/);
  });
});
