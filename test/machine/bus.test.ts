import { expect, test } from 'vitest';
import { MemoryBus, PortBus } from '../../src/machine/bus.ts';

test('unclaimed addresses read all ones and swallow writes', () => {
  const ports = new PortBus();
  ports.write(0x1234, 4, 1);
  expect([1, 2, 4].map((size) => ports.read(0x1234, size as 1 | 2 | 4))).toEqual([0xff, 0xffff, 0xffff_ffff]);
});

test('wide accesses to byte registers are split, lowest address first', () => {
  const ports = new PortBus();
  const written: number[][] = [];
  ports.map(0x100, 4, { read8: (offset) => 0xa0 + offset, write8: (offset, value) => written.push([offset, value]) });
  expect(ports.read(0x100, 4)).toBe(0xa3a2a1a0);
  ports.write(0x102, 2, 0x1234);
  expect(written).toEqual([
    [2, 0x34],
    [3, 0x12],
  ]);
});

test('an access over the end of a range takes the rest from its neighbour', () => {
  const ports = new PortBus();
  ports.map(0x100, 2, { read8: (offset) => 0x10 + offset });
  ports.map(0x102, 1, { read8: () => 0x20 });
  expect(ports.read(0x101, 4)).toBe(0xffff2011);
  expect(ports.read(0xffff, 4)).toBe(0xffff_ffff);
});

test('narrow reads of dword registers get their bytes; narrow writes are lost', () => {
  const memory = new MemoryBus();
  let value = 0x11223344;
  memory.map(0xfec00000, 0x1000, { read32: () => value, write32: (_offset, written) => (value = written) });
  expect(memory.read(0xfec00002, 1)).toBe(0x22);
  expect(memory.read(0xfec00002, 2)).toBe(0x1122);
  memory.write(0xfec00000, 1, 0);
  expect(value).toBe(0x11223344);
});

test('the older of two overlapping claims wins until it is given back', () => {
  const ports = new PortBus();
  const unmap = ports.map(0x40, 4, { read8: () => 1 });
  ports.map(0x42, 4, { read8: () => 2 });
  expect([0x41, 0x42, 0x44].map((port) => ports.read(port, 1))).toEqual([1, 1, 2]);
  unmap();
  expect([0x41, 0x42, 0x44].map((port) => ports.read(port, 1))).toEqual([0xff, 2, 2]);
  expect(() => ports.map(0xfff0, 0x20, {})).toThrow(RangeError);
});
