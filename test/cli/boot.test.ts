import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeHost } from './fake-host.ts';
import { runsForever } from './fake-machine.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmi86-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const report = {
  cause: 'triple fault',
  registers: { eip: 0xc0100004, eax: 1, ebx: 2, ecx: 3, edx: 0xffffffff },
  lastInstructions: [{ address: 0xc0100000, text: 'lidt [0]' }],
};

describe('options', () => {
  it('become machine options', async () => {
    const host = new FakeHost(async () => undefined);
    const files =
      '--kernel k --initrd i --append -x --memory 1G --disk a --disk b,readonly --disk c,d,if=ide,readonly'.split(' ');
    const engine = '--icount --no-jit --jit-threshold 0 --region-limit 1'.split(' ');
    expect(await host.run('boot', ...files, ...engine)).toBe(0);
    expect(host.machine?.options).toEqual({
      kernel: 'k',
      initrd: 'i',
      append: '-x',
      memory: 2 ** 30,
      icount: true,
      disks: [
        { path: 'a', readonly: false },
        { path: 'b', readonly: true },
        { path: 'c,d', readonly: true, interface: 'ide' },
      ],
      engine: { jit: false, threshold: 0, regionLimit: 1 },
    });
  });

  it('left out leave the choice to the machine', async () => {
    const host = new FakeHost(async () => undefined);
    await host.run('boot');
    expect(host.machine?.options).toEqual({ disks: [], engine: { jit: true } });
  });

  it.each([
    ['64', 64 * 2 ** 20],
    ['65536K', 64 * 2 ** 20],
    ['512m', 512 * 2 ** 20],
  ])('--memory %s is %d bytes', async (text, bytes) => {
    const host = new FakeHost(async () => undefined);
    await host.run('boot', '--memory', text);
    expect(host.machine?.options.memory).toBe(bytes);
  });
});

describe('--console virtio', () => {
  it('has the terminal, and the serial port goes where --serial says', async () => {
    const file = join(folder, 'serial.log');
    const host = new FakeHost(async (machine) => {
      machine.serial.output.write('early messages\n');
      machine.print('login: ');
      expect(await machine.typed(4)).toBe('root');
      return undefined;
    });
    const done = host.run('boot', '--console', 'virtio', '--serial', file);
    host.type('root');
    expect(await done).toBe(0);
    expect(host.output).toBe('login: ');
    expect(readFileSync(file, 'utf8')).toBe('early messages\n');
    expect(host.machine?.options.console).toBe('virtio');
  });

  it('needs no word about the serial port', async () => {
    const host = new FakeHost(async (machine) => {
      machine.serial.output.write('early messages\n');
      machine.print('login: ');
      return undefined;
    });
    expect(await host.run('boot', '--console', 'virtio')).toBe(0);
    expect(host.output).toBe('login: ');
  });
});

describe('--monitor', () => {
  it('writes a status line to standard error, the last one at the end', async () => {
    const host = new FakeHost(async () => undefined);
    expect(await host.run('boot', '--monitor')).toBe(0);
    expect(host.errors).toMatch(/^guest time 1\.5 s, .* MIPS, 73\.9 % translated, .* % idle\n$/);
  });
});

describe('a run ends', () => {
  it('with 0 at power off, after everything printed', async () => {
    const host = new FakeHost(async (machine) => {
      machine.print('Power down.\n');
      return undefined;
    });
    expect(await host.run('boot')).toBe(0);
    expect([host.output, host.errors]).toEqual(['Power down.\n', '']);
    expect(host.machine?.stops).toBeGreaterThan(0);
  });

  it('with 3 at a crash, with registers and the last instructions', async () => {
    const host = new FakeHost(async () => ({ reason: 'crash', report }));
    expect(await host.run('boot')).toBe(3);
    expect(host.errors.split('\n')).toEqual([
      'vmi86: guest crashed: triple fault',
      '   eip=c0100004    eax=00000001    ebx=00000002    ecx=00000003',
      '   edx=ffffffff',
      'last instructions:',
      '  c0100000  lidt [0]',
      '',
    ]);
  });

  it('with 4 at the timeout, with what was printed', async () => {
    const host = new FakeHost(async (machine) => {
      machine.print('Booting');
      return runsForever(machine);
    });
    expect(await host.run('boot', '--timeout', '0.05')).toBe(4);
    expect(host.output).toBe('Booting');
    expect(host.errors).toBe('vmi86: timeout: the guest still ran after 0.05 seconds\n');
  });

  it('not with 4 while a debugger holds the guest: --timeout is time that it may run', async () => {
    const host = new FakeHost(async (machine) => {
      machine.emit('hold');
      await setTimeout(120);
      return undefined;
    });
    expect(await host.run('boot', '--timeout', '0.05')).toBe(0);
    const released = new FakeHost(async (machine) => {
      machine.emit('hold');
      machine.emit('release');
      return runsForever(machine);
    });
    expect(await released.run('boot', '--timeout', '0.05')).toBe(4);
  });

  it('with 0 when --exit-on is seen, printing nothing after it', async () => {
    const host = new FakeHost(async (machine) => {
      machine.print('some log');
      machine.print('in: more');
      return runsForever(machine);
    });
    expect(await host.run('boot', '--exit-on', 'login:')).toBe(0);
    expect(host.output).toBe('some login:');
  });

  it('with 0 when --exit-on is the last a crashing guest prints', async () => {
    const host = new FakeHost(async (machine) => {
      machine.print('PASS');
      return { reason: 'crash', report };
    });
    expect(await host.run('boot', '--exit-on', 'PASS')).toBe(0);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('at %s with %d, the terminal restored', async (signal, status) => {
    const before = process.listenerCount(signal);
    const host = new FakeHost(
      async (machine) => {
        process.emit(signal, signal);
        return runsForever(machine);
      },
      { terminal: true },
    );
    expect(await host.run('boot')).toBe(status);
    expect([host.modes, host.errors]).toEqual([[true, false], '']);
    expect(process.listenerCount(signal)).toBe(before);
  });

  it('quietly when nobody reads standard output any more', async () => {
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    stdout.on('error', () => {});
    const host = Object.assign(
      new FakeHost(async (machine) => {
        machine.print('x');
        return runsForever(machine);
      }),
      { stdout },
    );
    expect(await host.run('boot')).toBe(141);
    expect(host.errors).toBe('');
  });

  it('with 1 and the whole truth when vmi86 itself is at fault', async () => {
    const host = new FakeHost(async () => {
      throw new Error('no such opcode');
    });
    expect(await host.run('boot')).toBe(1);
    expect(host.errors).toMatch(/^vmi86: internal error: Error: no such opcode\n +at /);
    expect(host.machine?.stops).toBeGreaterThan(0);
  });
});

describe('the terminal', () => {
  it('is raw while the guest runs, and Ctrl-A X quits', async () => {
    const host = new FakeHost(runsForever, { terminal: true });
    const run = host.run('boot');
    host.type('\x01x');
    expect(await run).toBe(0);
    expect(host.modes).toEqual([true, false]);
  });

  it('gives help at Ctrl-A H and passes everything else on, Ctrl-C too', async () => {
    let typed = '';
    const host = new FakeHost(
      async (machine) => {
        typed = await machine.typed(5);
        return undefined;
      },
      { terminal: true },
    );
    const run = host.run('boot');
    host.type('a\x01');
    host.type('hb\x03\x01\x01!');
    await run;
    expect(typed).toBe('ab\x03\x01!');
    expect(host.errors).toMatch(/Ctrl-A X +quit/);
  });

  it('does not end the guest when piped input ends', async () => {
    const host = new FakeHost(async (machine) => {
      expect(await machine.typed(3)).toBe('ls\n');
      await new Promise(setImmediate);
      expect(machine.console.input.writableEnded).toBe(false);
      machine.print('files');
      return undefined;
    });
    (host.stdin as unknown as Writable).end('ls\n');
    expect(await host.run('boot')).toBe(0);
    expect(host.output).toBe('files');
  });

  it('waits when the guest is slow to read', async () => {
    const text = 'x'.repeat(100_000);
    let typed = '';
    const host = new FakeHost(async (machine) => {
      typed = await machine.typed(text.length);
      return undefined;
    });
    const run = host.run('boot');
    host.type(text);
    await run;
    expect(typed).toBe(text);
  });
});

describe('files', () => {
  it('--serial FILE takes the console, and leaves the terminal alone', async () => {
    const path = join(folder, 'serial.log');
    const host = new FakeHost(
      async (machine) => {
        machine.print('hello');
        return undefined;
      },
      { terminal: true },
    );
    expect(await host.run('boot', '--serial', path)).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe('hello');
    expect([host.output, host.modes]).toEqual(['', []]);
  });

  it('--serial none prints nothing but still sees --exit-on', async () => {
    const host = new FakeHost(async (machine) => {
      machine.print('done');
      return runsForever(machine);
    });
    expect(await host.run('boot', '--serial', 'none', '--exit-on', 'done')).toBe(0);
    expect(host.output).toBe('');
  });

  it('--stats writes counters and the exit status, whatever the end', async () => {
    const path = join(folder, 'stats.json');
    const host = new FakeHost(runsForever);
    expect(await host.run('boot', '--timeout', '0.01', '--stats', path)).toBe(4);
    const stats = JSON.parse(readFileSync(path, 'utf8'));
    expect(stats).toMatchObject({
      status: 4,
      instructions: { interpreter: 12, translated: 34 },
      exceptions: { 14: 5 },
    });
  });
});
