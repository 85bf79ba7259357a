import { describe, expect, test } from 'vitest';
import { acpiTables } from '../../src/machine/acpi.ts';

const BASE = 0xe_0000;
const image = acpiTables(BASE);
const data = new DataView(image.buffer);
const sum = (bytes: Uint8Array) => bytes.reduce((total, byte) => (total + byte) & 0xff, 0);
const u16 = (address: number) => data.getUint16(address - BASE, true);
const u32 = (address: number) => data.getUint32(address - BASE, true);
const bytes = (address: number, length: number) => image.subarray(address - BASE, address - BASE + length);
const text = (address: number, length: number) => String.fromCharCode(...bytes(address, length));
const table = (address: number) => bytes(address, u32(address + 4));

const rsdt = u32(BASE + 16);
const xsdt = u32(BASE + 24);
const roots = Array.from({ length: (u32(rsdt + 4) - 36) / 4 }, (_, i) => u32(rsdt + 36 + 4 * i));
const find = (signature: string) => roots.find((address) => text(address, 4) === signature)!;

test('the root pointer has both checksums', () => {
  expect(text(BASE, 8)).toBe('RSD PTR ');
  expect(sum(bytes(BASE, 20))).toBe(0);
  expect(sum(bytes(BASE, u32(BASE + 20)))).toBe(0);
});

test('every table has its checksum, and both root tables list the same', () => {
  for (const address of [rsdt, xsdt, ...roots, u32(find('FACP') + 40)]) expect(sum(table(address))).toBe(0);
  expect(roots.map((address) => text(address, 4))).toEqual(['FACP', 'APIC']);
  expect(roots.map((_, i) => u32(xsdt + 36 + 8 * i))).toEqual(roots);
});

test('the FADT leads to power off, reset and the PM timer', () => {
  const fadt = find('FACP');
  expect(u32(fadt + 4)).toBe(244);
  expect(u16(fadt + 46)).toBe(9);
  expect([48, 56, 64, 76].map((offset) => u32(fadt + offset))).toEqual([0xb2, 0x600, 0x604, 0x608]);
  expect([...bytes(fadt + 116, 13)]).toEqual([1, 8, 0, 0, 0xf9, 0x0c, 0, 0, 0, 0, 0, 0, 6]);
  expect([132, 140].map((offset) => u32(fadt + offset))).toEqual([36, 40].map((offset) => u32(fadt + offset)));
  expect([152, 176, 212].map((offset) => u32(fadt + offset))).toEqual([0x600, 0x604, 0x608]);
  expect(text(u32(fadt + 36), 4)).toBe('FACS');
  expect(u32(fadt + 36) % 64).toBe(0);
});

test('the MADT lists processor, I/O APIC and overrides, to its end', () => {
  const madt = find('APIC');
  const entries = [];
  for (let at = madt + 44; at < madt + u32(madt + 4); at += bytes(at + 1, 1)[0]) {
    entries.push([...bytes(at, bytes(at + 1, 1)[0])]);
  }
  expect(u32(madt + 36)).toBe(0xfee0_0000);
  expect(entries).toEqual([
    [0, 8, 0, 0, 1, 0, 0, 0],
    [1, 12, 1, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0],
    [2, 10, 0, 0, 2, 0, 0, 0, 0, 0],
    [2, 10, 0, 9, 9, 0, 0, 0, 0x0d, 0],
    [4, 6, 0xff, 0, 0, 1],
  ]);
});

/** Reads the little AML the DSDT is made of into nested arrays, and fails on anything else. */
function parse(code: Uint8Array): unknown[] {
  let at = 0;
  const byte = () => {
    if (at >= code.length) throw new Error('AML ends too early');
    return code[at++];
  };
  const little = (count: number) => {
    let value = 0;
    for (let i = 0; i < count; i++) value += byte() * 2 ** (8 * i);
    return value;
  };
  const end = () => {
    const start = at;
    const lead = byte();
    const extra = lead >> 6;
    if (extra === 0) return start + lead;
    return start + (lead & 15) + little(extra) * 16;
  };
  const name = () => {
    if (code[at] === 0x5c) at++;
    return String.fromCharCode(byte(), byte(), byte(), byte());
  };
  const until = (limit: number): unknown[] => {
    const terms = [];
    while (at < limit) terms.push(term());
    if (at !== limit) throw new Error('a package ends in the middle of a term');
    return terms;
  };
  const term = (): unknown => {
    const op = byte();
    if (op <= 1) return op;
    if (op === 0x0a) return little(1);
    if (op === 0x0b) return little(2);
    if (op === 0x0c) return little(4);
    if (op === 0x08) return [name(), term()];
    if (op === 0x10) {
      const limit = end();
      return [name(), ...until(limit)];
    }
    if (op === 0x12) {
      const limit = end();
      const count = byte();
      const elements = until(limit);
      if (elements.length !== count) throw new Error('a package of another length than it says');
      return elements;
    }
    if (op === 0x11) {
      const limit = end();
      const length = term() as number;
      if (limit - at !== length) throw new Error('a buffer of another length than it says');
      at = limit;
      return code.slice(limit - length, limit);
    }
    if (op === 0x5b && byte() === 0x82) {
      const limit = end();
      return [name(), ...until(limit)];
    }
    throw new Error(`unexpected opcode ${op}`);
  };
  return until(code.length);
}

describe('the DSDT', () => {
  const [sleep, scope] = parse(table(u32(find('FACP') + 40)).subarray(36)) as [unknown[], unknown[]];
  const device = scope[1] as unknown[];
  const named = (name: string) => (device.slice(1) as unknown[][]).find(([own]) => own === name)?.[1];

  test('says how to enter S5', () => {
    expect(sleep).toEqual(['_S5_', [0, 0, 0, 0]]);
  });

  test('has a PCI root bridge', () => {
    expect([scope[0], device[0]]).toEqual(['_SB_', 'PCI0']);
    expect(named('_HID')).toBe(0x030a_d041);
  });

  test('routes every pin of every free slot', () => {
    const routes = named('_PRT') as number[][];
    expect(routes).toHaveLength(29 * 4);
    expect(routes[0]).toEqual([0x0003_ffff, 0, 0, 11]);
    expect(new Set(routes.map(([, , , irq]) => irq))).toEqual(new Set([10, 11]));
  });

  test('gives the bridge windows that end with their descriptors', () => {
    const resources = named('_CRS') as Uint8Array;
    const kinds = [];
    let at = 0;
    while (resources[at] !== 0x79) {
      const large = (resources[at] & 0x80) !== 0;
      kinds.push(resources[at]);
      at += large ? 3 + resources[at + 1] + 256 * resources[at + 2] : 1 + (resources[at] & 7);
    }
    expect(kinds).toEqual([0x88, 0x47, 0x88, 0x88, 0x87, 0x87]);
    expect(at + 2).toBe(resources.length);
  });
});
