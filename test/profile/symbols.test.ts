/** Where names come from: kallsyms in memory, System.map, archives of programs. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { cpio } from '../../bench/debian/cpio.ts';
import { initramfsFiles } from '../../src/symbols/initrd.ts';
import { findKallsyms } from '../../src/symbols/kallsyms.ts';
import { kernelNames, readSymbolFile } from '../../src/symbols/kernel-symbols.ts';
import { SymbolTable } from '../../src/symbols/symbol-table.ts';
import { parseSystemMap } from '../../src/symbols/system-map.ts';
import { makeBzImage } from '../machine/boot/kernels.ts';
import { makeElfWithSymbols } from './elf-image.ts';
import { kallsymsImage, type Listed, type Version } from './kallsyms-image.ts';

const SYMBOLS: Listed = [
  [0xc0100000, 'Tstartup_32'],
  [0xc0100010, 'dsome_data'],
  [0xc0100020, 'tnative_page_fault'],
  [0xc0100030, `T${'long_'.repeat(40)}name`],
  ...Array.from({ length: 3000 }, (_, n) => [0xc0200000 + n * 32, `tfunction_${n}`] as const),
];
const RAM = 8 << 20;
const ramWith = (image: Buffer, at = 0x123450): Uint8Array => {
  const ram = new Uint8Array(RAM).fill(0xcc);
  ram.set(image, at);
  return ram;
};

describe('kallsyms', () => {
  test.each<Version>(['2.6', '4.6', '6.4'])('as Linux %s lays it out', (version) => {
    const [found] = findKallsyms(ramWith(kallsymsImage(SYMBOLS, version)));
    expect(found).toHaveLength(SYMBOLS.length - 1);
    expect(found!.slice(0, 3).map(({ name, address }) => [address, name])).toEqual([
      [0xc0100000, 'startup_32'],
      [0xc0100020, 'native_page_fault'],
      [0xc0100030, `${'long_'.repeat(40)}name`],
    ]);
    expect(found!.at(-1)).toEqual({ name: 'function_2999', address: 0xc0200000 + 2999 * 32, size: 0 });
  });

  test('tables that something has overwritten are none', () => {
    const image = kallsymsImage(SYMBOLS, '4.6');
    image.fill(0, image.length - 300, image.length - 200);
    expect([...findKallsyms(ramWith(image))]).toEqual([]);
    expect([...findKallsyms(new Uint8Array(RAM))]).toEqual([]);
  });
});

describe('the kernel that runs', () => {
  const kernel = { format: 'bzImage', name: 'vmlinuz', bytes: makeBzImage() } as const;
  const ram = ramWith(kallsymsImage(SYMBOLS, '4.6'));
  const symbols = SYMBOLS.map(([address, text]) => ({ name: text.slice(1), address, size: 0 }));

  test('names itself', () => {
    const { table, source } = kernelNames([], kernel, ram);
    expect(source).toMatch(/kallsyms/);
    expect(table.at(0xc0100025)?.symbol.name).toBe('native_page_fault');
  });

  test('a System.map is moved to where the kernel has put itself', () => {
    const moved = symbols.map((symbol) => ({ ...symbol, address: symbol.address - 0x1000000 }));
    const { table, source, warnings } = kernelNames(
      [{ kind: 'kernel', name: 'System.map', symbols: moved }],
      kernel,
      ram,
    );
    expect({ source, warnings }).toEqual({ source: 'System.map', warnings: [] });
    expect(table.named('function_7')?.address).toBe(0xc0200000 + 7 * 32);
  });

  test('the symbols of another kernel are refused with one line, and its own used', () => {
    const other = symbols.map((symbol, n) => ({ ...symbol, address: symbol.address + n * 48 }));
    const { source, warnings } = kernelNames([{ kind: 'kernel', name: 'System.map', symbols: other }], kernel, ram);
    expect(source).toMatch(/kallsyms/);
    expect(warnings).toEqual(['System.map: not the symbols of the kernel that runs; its own are used']);
  });
});

describe('a vmlinux', () => {
  const kernel = (version: string) => {
    const bytes = makeBzImage();
    // The setup header points at the version from 200h on.
    new DataView(bytes.buffer, bytes.byteOffset).setUint16(0x20e, 0x300, true);
    bytes.set(Buffer.from(`${version} (someone)\0`), 0x500);
    return { format: 'bzImage', name: 'vmlinuz', bytes } as const;
  };
  const vmlinux = makeElfWithSymbols([['startup_32', 0xc1000000]], 'Linux version 6.1.0-50-686 (someone) #1 SMP');

  test('names the functions of its own kernel', () => {
    const file = readSymbolFile({ name: 'vmlinux', bytes: vmlinux }, kernel('6.1.0-50-686'));
    expect(file).toMatchObject({ kind: 'kernel', symbols: [{ name: 'startup_32', address: 0xc1000000 }] });
  });

  test('of another kernel is refused before the guest starts', () => {
    expect(() => readSymbolFile({ name: 'vmlinux', bytes: vmlinux }, kernel('6.1.0-49-686'))).toThrow(
      'vmlinux: symbols of Linux 6.1.0-50-686, but vmlinuz is 6.1.0-49-686',
    );
  });
});

test('System.map: code only, and a line that is none is named', () => {
  const parse = (text: string) => parseSystemMap({ name: 'System.map', bytes: Buffer.from(text) });
  expect(parse('c1000000 T startup\nc1000040 D data\nc1000080 w weak\n').map(({ name }) => name)).toEqual([
    'startup',
    'weak',
  ]);
  expect(() => parse('c1000000 T startup\nnonsense\n')).toThrow('System.map: line 2 is not an address');
});

test('an address belongs to the symbol before it, as far as that reaches', () => {
  const table = new SymbolTable([
    { name: 'sized', address: 0x1000, size: 0x10 },
    { name: 'open', address: 0x2000, size: 0 },
    { name: 'last', address: 0x3000, size: 0 },
  ]);
  expect(table.at(0x100f)).toMatchObject({ symbol: { name: 'sized' }, offset: 15 });
  expect(table.at(0x1010)).toBeUndefined();
  expect(table.at(0x2fff)?.symbol.name).toBe('open');
  expect(table.at(0xfff)).toBeUndefined();
  expect(table.at(0xf0000000)).toBeUndefined();
});

test('an initramfs is read archive by archive, packed or not, as far as it is whole', () => {
  const file = (path: string, text: string) => ({ kind: 'file', path, mode: 0o755, data: Buffer.from(text) }) as const;
  const first = cpio([{ kind: 'directory', path: 'bin', mode: 0o755 }, file('bin/a', 'one')]);
  const second = gzipSync(cpio([file('bin/b', 'two'), { kind: 'link', path: 'l', target: 'bin/b' }]));
  const read = (bytes: Uint8Array) =>
    [...initramfsFiles(bytes)].map(({ path, bytes }) => `${path}=${Buffer.from(bytes).toString()}`);
  expect(read(Buffer.concat([first, Buffer.alloc(12), second]))).toEqual(['bin/a=one', 'bin/b=two']);
  expect(read(first.subarray(0, first.length - 300))).toEqual([]);
  expect(read(Buffer.concat([first, Buffer.from('neither')]))).toEqual(['bin/a=one']);
  expect(read(Buffer.concat([first, second.subarray(0, 40)]))).toEqual(['bin/a=one']);
});
