import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CALLS, RELOCATION } from '../../src/hypervisor/calls.ts';
import { buildNativeRom, NATIVE_REASONS } from '../../src/hypervisor/native-rom.ts';
import { buildRom, HEADER } from '../../src/hypervisor/rom.ts';
import { FakeHost } from './fake-host.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmi86-rom-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function rom(...args: string[]) {
  const host = new FakeHost(async () => undefined);
  const status = await host.run('rom', ...args);
  return { status, output: host.output, errors: host.errors };
}

/** Shows the native ROM after `change`, with the checksum right again. */
function changed(change: (bytes: Uint8Array) => void) {
  const bytes = buildNativeRom();
  change(bytes);
  bytes[bytes.length - 1]! -= bytes.reduce((sum, byte) => sum + byte, 0);
  const file = join(folder, 'changed.rom');
  writeFileSync(file, bytes);
  return rom(file);
}

/** Other code instead of init or get_reloc. */
const code =
  (at: number, ...instructions: number[]) =>
  (bytes: Uint8Array) =>
    bytes.set(instructions, at);

describe('vmi86 rom', () => {
  test('shows the own ROM: every call as the table has it', async () => {
    const { status, output } = await rom();
    expect(status).toBe(0);
    expect(output).toMatch(/^maker +vmi86, VMI hypervisor\nAPI version +3\.0\n/);
    const types = ['none', 'call', 'jump', 'nop'];
    for (const { number, name, relocation } of CALLS)
      expect(output).toMatch(new RegExp(`^ ?${number} ${name} +${types[relocation]}\\b`, 'm'));
  });

  test('shows a file by running its code, which says what the reasons say', async () => {
    const file = join(folder, 'native.rom');
    expect((await rom('--native', '--out', file)).status).toBe(0);
    expect(readFileSync(file)).toEqual(Buffer.from(buildNativeRom()));
    const { status, output } = await rom(file);
    expect(status).toBe(0);
    expect(output).toMatch(/^33 IRET +jump \+[0-9a-f]+$/m);
    const none = Array.from(output.matchAll(/^ ?\d+ (\w+) +none$/gm), ([, name]) => name);
    expect(none).toEqual(CALLS.map(({ name }) => name).filter((name) => name in NATIVE_REASONS));
    expect(output).toMatch(/\n74 calls: 12 none, 60 call, 2 jump, 0 nop\n$/);
  });

  test('gives a reason wherever one of its own ROMs answers NONE', async () => {
    for (const { output } of [await rom(), await rom('--native')]) {
      expect(output).toMatch(/ none /);
      expect(output).not.toMatch(/none$/m);
    }
    const unexplained = CALLS.filter(({ relocation, reason }) => relocation === RELOCATION.none && !reason);
    expect(unexplained).toEqual([]);
  });

  test('writes the own ROM', async () => {
    const file = join(folder, 'own.rom');
    await rom('--out', file);
    expect(readFileSync(file)).toEqual(Buffer.from(buildRom()));
  });

  test.each<[string, (bytes: Uint8Array) => void, RegExp]>([
    ['licence', (bytes) => bytes.fill(0, HEADER.licence, HEADER.licence + 2), /^WRONG +the licence is missing/m],
    ['API version', (bytes) => bytes.fill(2, HEADER.apiMajor, HEADER.apiMajor + 1), /^WRONG +API version 2\.0/m],
    ['PCI header', (bytes) => bytes.fill(0, HEADER.pci, HEADER.pci + 2), /^WRONG +the PCI header is missing/m],
    ['length', (bytes) => bytes.fill(200, HEADER.length, HEADER.length + 1), /^WRONG +its length field says 102400/m],
  ])('says what is wrong with the header: %s', async (_, change, message) => {
    const { status, output } = await changed(change);
    expect(status).toBe(2);
    expect(output).toMatch(message);
  });

  test.each<[string, (bytes: Uint8Array) => void, RegExp]>([
    ['UD2 in init', code(HEADER.init, 0x0f, 0x0b), /changed\.rom: init raises exception 6\n$/],
    ['an endless get_reloc', code(HEADER.getReloc, 0xeb, 0xfe), /changed\.rom: get_reloc\(0\) does not return\n$/],
    ['an init that refuses', code(HEADER.init, 0x6a, 0x05, 0x58, 0xc3), /changed\.rom: init refuses with 5\n$/],
    ['an unknown type', code(HEADER.getReloc, 0xb2, 0x09, 0xc3), /changed\.rom: .* unknown type 9\n$/],
    ['another magic number', code(0, 0), /changed\.rom: no option ROM: 55 AA is missing\n$/],
    ['no VMI', code(HEADER.vmiSignature, 0), /changed\.rom: no VMI ROM: 'cVmi' is missing\n$/],
  ])('reports %s in one line', async (_, change, message) => {
    const { status, output, errors } = await changed(change);
    expect(status).toBe(2);
    expect(output).toBe('');
    expect(errors).toMatch(message);
  });

  test.each([
    [['--native', 'x.rom'], /give either a FILE or --native/],
    [['x.rom', '--out', 'y'], /--out writes vmi86's own ROM/],
    [['no.rom'], /no\.rom: no such file/],
    [['--native', '--out', '/no/such/folder/x'], /no such file/],
  ])('refuses %j', async (args, message) => {
    const { status, errors } = await rom(...args);
    expect(status).toBe(2);
    expect(errors).toMatch(message);
  });
});
