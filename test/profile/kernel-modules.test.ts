/** The modules of a running Linux kernel, found in memory that looks like its. */
import { describe, expect, test } from 'vitest';
import { moduleSymbols } from '../../src/symbols/kernel-modules.ts';

/** Linear address of the first byte of RAM. */
const BASE = 0xf800_0000;
const peek =
  (ram: Buffer) =>
  (linear: number, length: number): Uint8Array =>
    ram.subarray(Math.max(0, linear - BASE), Math.max(0, linear - BASE + length));

type Function = readonly [address: number, name: string];

/** Where versions of Linux have count and strings, seen from the pointer to the symbols, and how types look. */
const VERSIONS = {
  '2.6.0': { count: 4, strings: 8, info: 0x74 },
  '2.6.32': { count: 8, strings: 16, info: 0x74 },
  '6.1': { count: 4, strings: 8, info: 0x12 },
} as const;
const HEAD = 0x40;
const STRUCTS = 0x1000;
const STRUCT = 0x1000;
const SYMBOLS = 0x8000;
const SYMBOL_TABLE = 0x400;
const DATA_OBJECT = 0x11;

const memoryOf = (version: keyof typeof VERSIONS, modules: Readonly<Record<string, readonly Function[]>>): Buffer => {
  const { count, strings, info } = VERSIONS[version];
  const ram = Buffer.alloc(0x10000);
  const names = Object.keys(modules);
  const links = [HEAD, ...names.map((_, n) => STRUCTS + n * STRUCT + 4)];
  for (const [n, at] of links.entries()) {
    ram.writeUInt32LE(BASE + links[(n + 1) % links.length]!, at);
    ram.writeUInt32LE(BASE + links.at(n - 1)!, at + 4);
  }
  for (const [n, name] of names.entries()) {
    const struct = STRUCTS + n * STRUCT;
    ram.write(name, struct + 12, 'latin1');
    // Words that look like pointers and counts lie before the table, too.
    ram.writeUInt32LE(BASE + HEAD, struct + 0x80);
    ram.writeUInt32LE(17, struct + 0x84);
    const symbols = SYMBOLS + n * SYMBOL_TABLE;
    const functions = modules[name]!;
    const all = [...functions.map((one) => [...one, info] as const), [BASE, 'some_data', DATA_OBJECT] as const];
    const texts = symbols + (all.length + 1) * 16;
    let at = 1;
    for (const [k, [address, text, type]] of all.entries()) {
      const symbol = symbols + (k + 1) * 16;
      ram.writeUInt32LE(at, symbol);
      ram.writeUInt32LE(address, symbol + 4);
      ram.writeUInt32LE(0x20, symbol + 8);
      ram[symbol + 12] = type;
      ram.write(text, texts + at, 'latin1');
      at += text.length + 1;
    }
    ram.writeUInt32LE(BASE + symbols, struct + 0x100);
    ram.writeUInt32LE(all.length + 1, struct + 0x100 + count);
    ram.writeUInt32LE(BASE + texts, struct + 0x100 + strings);
  }
  return ram;
};

const MODULES = {
  virtio_blk: [
    [0xf9000100, 'virtblk_done'],
    [0xf9000000, 'virtio_queue_rq'],
  ],
  ext4: [[0xf9100000, 'ext4_lookup']],
} as const;

describe('the modules of Linux', () => {
  test.each(Object.keys(VERSIONS) as (keyof typeof VERSIONS)[])('%s are named, and their functions', (version) => {
    const ram = memoryOf(version, MODULES);
    expect([...moduleSymbols(ram, peek(ram))]).toEqual([
      { module: 'virtio_blk', name: 'virtio_queue_rq', address: 0xf9000000, size: 0x100 },
      { module: 'virtio_blk', name: 'virtblk_done', address: 0xf9000100, size: 0x20 },
      { module: 'ext4', name: 'ext4_lookup', address: 0xf9100000, size: 0x20 },
    ]);
  });

  test('without a symbol table have no functions, and others have theirs', () => {
    const ram = memoryOf('6.1', MODULES);
    ram.fill(0xcc, SYMBOLS, SYMBOLS + SYMBOL_TABLE);
    expect([...moduleSymbols(ram, peek(ram))].map(({ module }) => module)).toEqual(['ext4']);
  });

  test('are none where no list closes: memory of another kernel, or of one that crashed while changing it', () => {
    const ram = memoryOf('6.1', MODULES);
    ram.writeUInt32LE(0xdead_0000, HEAD);
    ram.writeUInt32LE(0xdead_0000, HEAD + 4);
    ram.writeUInt32LE(0xdead_0000, STRUCTS + 8);
    ram.writeUInt32LE(0xdead_0000, STRUCTS + STRUCT + 8);
    expect([...moduleSymbols(ram, peek(ram))]).toEqual([]);
    const empty = Buffer.alloc(0x10000, 0xcc);
    expect([...moduleSymbols(empty, peek(empty))]).toEqual([]);
  });

  test('a list whose links lead nowhere ends', () => {
    const ram = memoryOf('6.1', MODULES);
    ram.writeUInt32LE(0x9000_0000, STRUCTS + STRUCT + 4);
    expect([...moduleSymbols(ram, peek(ram))].map(({ module }) => module)).toContain('virtio_blk');
  });
});
