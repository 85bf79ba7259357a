/** The server with clients that behave badly, and packets that gdb sends rarely; the guest is the embedded one. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createMachine, type Machine, type Outcome, UserError } from '../../src/index.ts';
import { ENTRY, flatKernel, word } from '../support/flat-kernel.ts';
import { Client } from './client.ts';

let machine: Machine;
let run: Promise<Outcome>;
let notices: string[];
let port: number;

const start = async (options: { wait?: boolean; append?: string; kernel?: Uint8Array } = {}) => {
  notices = [];
  machine = await createMachine({
    memory: 32 << 20,
    append: options.append ?? '',
    ...(options.kernel && { kernel: options.kernel }),
    engine: { jit: false },
    gdb: { port: 0, wait: options.wait ?? false, notice: (line) => notices.push(line) },
  });
  port = Number(/127\.0\.0\.1:(\d+)$/.exec(notices[0]!)![1]);
  run = machine.run();
};

/** Waits until the guest has done something more. */
const goesOn = (): Promise<void> =>
  new Promise((resolve) => {
    let printed = '';
    machine.console.output.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes('still here')) resolve();
    });
    machine.console.input.write("echo still ''here\n");
  });

const eip = (g: string): number => Buffer.from(g.slice(64, 72), 'hex').readUInt32LE();

afterEach(() => machine.stop());

describe('a client', () => {
  beforeEach(() => start());

  test('that sends something else is disconnected with one line, and the guest does not notice', async () => {
    const client = await Client.connect(port);
    client.socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await client.closed;
    await goesOn();
    expect(notices.slice(1)).toEqual([
      "gdb: what a client sent is not GDB's protocol (no packet); it was disconnected",
    ]);
  });

  test('is announced by the machine when it holds the guest, and when it lets go', async () => {
    const events: string[] = [];
    machine.on('hold', () => events.push('hold')).on('release', () => events.push('release'));
    const client = await Client.connect(port);
    await client.ask('?');
    expect(events.at(-1)).toBe('hold');
    client.socket.destroy();
    await goesOn();
    expect(events.at(-1)).toBe('release');
  });

  test('that turns to nonsense lets go of the guest', async () => {
    const client = await Client.connect(port);
    await client.ask('?');
    client.socket.write('nonsense');
    await client.closed;
    await goesOn();
    expect(notices.slice(1)).toEqual([
      'gdb: a debugger holds the guest',
      "gdb: what a client sent is not GDB's protocol (no packet); it was disconnected",
      'gdb: the debugger has gone away; the guest goes on',
    ]);
  });

  test('that goes away lets go of the guest and its breakpoints, and another may come', async () => {
    const client = await Client.connect(port);
    const at = eip(await client.ask('g'));
    // The idle loop comes by here again.
    expect(await client.ask(`Z0,${at.toString(16)},1`)).toBe('OK');
    client.socket.destroy();
    await goesOn();
    expect(notices[2]).toBe('gdb: the debugger has gone away; the guest goes on');
    const next = await Client.connect(port);
    expect(await next.ask('?')).toMatch(/^T05/);
    expect(await next.ask('D')).toBe('OK');
    await goesOn();
  });

  test('finds the place taken while another is there', async () => {
    const first = await Client.connect(port);
    await first.ask('?');
    const second = await Client.connect(port);
    await second.closed;
    expect(notices.at(-1)).toBe('gdb: a second debugger was turned away');
    expect(await first.ask('qC')).toBe('QC1');
  });

  test('that garbles a packet is asked for it again', async () => {
    const client = await Client.connect(port);
    const bytes: string[] = [];
    client.socket.on('data', (chunk: Buffer) => bytes.push(chunk.toString()));
    client.socket.write('$qC#00');
    expect(await client.ask('qC')).toBe('QC1');
    expect(bytes.join('')).toMatch(/^-\+\$QC1#/);
  });

  test('may kill the guest', async () => {
    const client = await Client.connect(port);
    await client.ask('?');
    client.socket.write('$k#6b');
    expect((await run).reason).toBe('stopped');
    await client.closed;
  });

  test('hears when the guest powers off', async () => {
    const client = await Client.connect(port);
    await client.ask('?');
    const reply = client.ask('c');
    machine.console.input.write('poweroff\n');
    expect(await reply).toBe('W00');
    expect((await run).reason).toBe('poweroff');
  });
});

describe('packets', () => {
  let client: Client;
  beforeEach(async () => {
    await start({ wait: true });
    client = await Client.connect(port);
    await client.ask('?');
  });

  test('that nobody knows get the empty reply', async () => {
    for (const packet of ['qNonsense', 'vMustReplyEmpty', 'R00', 'qCRC:0,4', '_'])
      expect(await client.ask(packet)).toBe('');
  });

  test('that make no sense get an error', async () => {
    for (const packet of [
      'm',
      'mxyz,4',
      'm1000',
      'p999',
      'P0=12',
      'P8',
      'G00',
      'Z9,0,1',
      'Z2,1000,0',
      'vCont;t',
      'M0,2:00',
    ])
      expect([packet, await client.ask(packet)]).toEqual([packet, 'E16']);
  });

  test('read and write memory, where there is some', async () => {
    expect(await client.ask('M200000,4:01020304')).toBe('OK');
    expect(await client.ask('X200001,3:\x7d#$')).toBe('OK');
    expect(await client.ask('m200000,4')).toBe('017d2324');
    // Behind the end of RAM, and a read across it.
    expect(await client.ask('m2000000,4')).toBe('E0e');
    expect(await client.ask('M1fffffe,4:01020304')).toBe('E0e');
    expect(await client.ask('m1fffffe,4')).toBe('0000');
  });

  test('read and write registers', async () => {
    expect(await client.ask('P0=78563412')).toBe('OK');
    expect(await client.ask('p0')).toBe('78563412');
    const all = await client.ask('g');
    expect(all.slice(0, 8)).toBe('78563412');
    expect(await client.ask(`G${all}`)).toBe('OK');
    expect(await client.ask('g')).toBe(all);
    // ST0 and XMM7.
    expect(await client.ask('P10=0000000000000080ff3f')).toBe('OK');
    expect(await client.ask('p10')).toBe('0000000000000080ff3f');
    expect(await client.ask(`P27=${'ab'.repeat(16)}`)).toBe('OK');
    expect(await client.ask('p27')).toBe('ab'.repeat(16));
    // CS cannot be loaded, CR3 not be set; the value they have is taken.
    expect(await client.ask('Pa=ff000000')).toBe('E16');
    const cr3 =
      (await client.ask('qXfer:features:read:target.xml:0,3000')).split('<reg ').findIndex((r) => /"cr3"/.test(r)) - 1;
    expect(await client.ask(`P${cr3.toString(16)}=00100000`)).toBe('E16');
  });

  test('describe the target in pieces of any size', async () => {
    let whole = '';
    for (;;) {
      const part = await client.ask(`qXfer:features:read:target.xml:${whole.length.toString(16)},64`);
      whole += part.slice(1);
      if (part[0] === 'l') break;
    }
    expect(whole).toMatch(/^<\?xml .*<architecture>i386<.*<\/target>\n$/s);
    expect(await client.ask('qXfer:features:read:other.xml:0,64')).toBe('E00');
  });

  test('run monitor commands', async () => {
    const monitor = async (line: string) =>
      Buffer.from(await client.ask(`qRcmd,${Buffer.from(line).toString('hex')}`), 'hex').toString();
    expect(await monitor('info registers')).toMatch(/eip=0010000c.*cs=\w{4} base=00000000 limit=ffffffff/s);
    expect(JSON.parse(await monitor('stats')).instructions).toEqual({ interpreter: 0, translated: 0 });
    expect(await monitor('help')).toMatch(/^stats +the counters/m);
    expect(await monitor('nonsense')).toMatch(/^no such command; these are:\n/);
  });

  test('step out of a range', async () => {
    const before = eip(await client.ask('g'));
    await client.ask(`vCont;r${before.toString(16)},${(before + 12).toString(16)}:1`);
    const after = eip(await client.ask('g'));
    expect(after < before || after >= before + 12).toBe(true);
  });
});

test('code in a segment with a base is stopped in and stepped through where it is', async () => {
  const gdt = ENTRY + 0x40;
  const pointer = ENTRY + 0x60;
  const base = 0x10_0000;
  const target = ENTRY + 0x20;
  const code = [
    [0x0f, 0x01, 0x15, ...word(pointer)], // lgdt [pointer]
    [0xea, ...word(target - base), 0x08, 0x00], // jmp 8:target
  ].flat();
  const image = new Uint8Array(0x70).fill(0x90);
  image.set(code);
  image.set([...word(0), ...word(0), 0xff, 0xff, 0, 0, base >> 16, 0x9a, 0xcf, 0], gdt - ENTRY);
  image.set([15, 0, ...word(gdt)], pointer - ENTRY);
  await start({ wait: true, kernel: flatKernel([...image]) });
  const client = await Client.connect(port);
  await client.ask('?');
  expect(await client.ask(`Z0,${target.toString(16)},1`)).toBe('OK');
  expect(await client.ask('c')).toMatch(/^T05/);
  expect(eip(await client.ask('g'))).toBe(target);
  await client.ask(`z0,${target.toString(16)},1`);
  await client.ask('s');
  expect(eip(await client.ask('g'))).toBe(target + 1);
  expect(await client.ask(`P8=${Buffer.from(word(target + 5)).toString('hex')}`)).toBe('OK');
  const monitor = Buffer.from(await client.ask(`qRcmd,${Buffer.from('info registers').toString('hex')}`), 'hex');
  expect(monitor.toString()).toContain(`eip=${(target + 5 - base).toString(16).padStart(8, '0')}`);
});

test('a guest that crashes is held first', async () => {
  await start({ wait: true });
  const client = await Client.connect(port);
  await client.ask('?');
  // The first instruction becomes UD2, and there is no IDT.
  const g = await client.ask('g');
  expect(await client.ask(`M${eip(g).toString(16)},2:0f0b`)).toBe('OK');
  expect(await client.ask('c')).toMatch(/^T0b/);
  expect(eip(await client.ask('g'))).toBe(eip(g));
  expect(await client.ask('c')).toBe('X06');
  expect((await run).reason).toBe('crash');
});

test('a pause ends the run while a debugger holds the guest', async () => {
  await start({ wait: true });
  const client = await Client.connect(port);
  await client.ask('?');
  machine.pause();
  expect((await run).reason).toBe('paused');
  run = machine.run();
  expect(eip(await client.ask('g'))).toBe(0x10000c);
});

test('a port in use is a mistake of the user', async () => {
  await start();
  const again = createMachine({ memory: 32 << 20, gdb: { port } });
  await expect(again).rejects.toThrow(new UserError(`gdb: port ${port} is in use`));
});

test.each([-1, 65536, 1.5])('%d is no port', async (wrong) => {
  await start();
  await expect(createMachine({ gdb: { port: wrong } })).rejects.toThrow(UserError);
});
