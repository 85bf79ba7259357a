import { beforeEach, expect, test } from 'vitest';
import { e820Map } from '../../src/machine/e820.ts';
import { memoryMap } from '../../src/machine/memory-map.ts';
import { FakeClock, SECOND } from './fakes.ts';
import { DATE, makeBoard, RAM, type Rig } from './rig.ts';

let rig: Rig;
const out = (port: number, ...values: number[]) => {
  for (const value of values) rig.board.portWrite(port, 1, value);
};
const inb = (port: number) => rig.board.portRead(port, 1);

beforeEach(() => {
  rig = makeBoard();
});

test('an idle board has nothing to do', () => {
  expect(rig.clock.nextDeadline()).toBe(Infinity);
  expect(rig.pins.interruptRequest).toBe(false);
});

test('serial output is handed on in arrays', () => {
  for (const character of 'ok\n') out(0x3f8, character.charCodeAt(0));
  expect(rig.serial).toEqual([]);
  rig.board.flushOutput();
  expect(String.fromCharCode(...rig.serial)).toBe('ok\n');
});

test('the time stamp counter counts nanoseconds', () => {
  rig.clock.advance(1234);
  expect(rig.board.timestamp()).toBe(1234);
});

test('GetWallclockTime: a board that is switched on again starts at its date, however long the clock has run', () => {
  const clock = new FakeClock();
  clock.advance(5 * SECOND);
  // Dates of a host may have a fraction.
  const { epoch } = makeBoard([], [], { clock, date: DATE + 0.25 }).board.forHypervisor();
  expect(epoch + BigInt(clock.now())).toBe(BigInt(DATE) * 1_000_000n);
});

test('S5 switches off; other sleep types do not', () => {
  rig.board.portWrite(0x604, 2, 0x2000 | (5 << 10));
  expect(rig.events).toEqual([]);
  rig.board.portWrite(0x604, 2, 0x2001);
  expect(rig.events).toEqual(['poweroff']);
});

test('ACPI mode is switched by the SMI command port', () => {
  expect(rig.board.portRead(0x604, 2) & 1).toBe(0);
  out(0xb2, 0xf1);
  expect(rig.board.portRead(0x604, 2) & 1).toBe(1);
  out(0xb2, 0xf0);
  expect(rig.board.portRead(0x604, 2) & 1).toBe(0);
});

test('the PM timer runs at 3.58 MHz and raises the SCI when its top bit changes', () => {
  out(0xb2, 0xf1);
  rig.clock.advance(SECOND);
  expect(Math.abs(rig.board.portRead(0x608, 4) - 3_579_545)).toBeLessThanOrEqual(1);
  rig.board.portWrite(0x602, 2, 1);
  for (const [port, ...words] of [
    [0x20, 0x11],
    [0x21, 0x20, 4, 1, 0],
    [0xa0, 0x11],
    [0xa1, 0x28, 2, 1, 0],
  ]) {
    out(port, ...words);
  }
  rig.clock.advance(1.2 * SECOND);
  expect(rig.pins.interruptRequest).toBe(false);
  rig.clock.advance(0.2 * SECOND);
  expect(rig.board.acknowledgeInterrupt()).toBe(0x29);
  expect(rig.board.portRead(0x600, 2)).toBe(1);
  rig.board.portWrite(0x600, 2, 1);
  expect(rig.board.portRead(0x600, 2)).toBe(0);
});

test('every way to reset', () => {
  out(0x64, 0xfe);
  out(0x92, 0x03);
  out(0xcf9, 0x06);
  out(0x64, 0xd1);
  out(0x60, 0xde);
  expect(rig.events).toEqual(['reset', 'reset', 'reset', 'reset']);
});

test('A20 through port 92h and through the 8042 is one switch', () => {
  expect(rig.pins.address20).toBe(true);
  out(0x92, 0);
  expect(rig.pins.address20).toBe(false);
  out(0x64, 0xd0);
  expect(inb(0x60) & 2).toBe(0);
  out(0x64, 0xd1);
  out(0x60, 0xdf);
  expect(rig.pins.address20).toBe(true);
  expect(inb(0x92)).toBe(2);
});

test('the 8042 answers a probe at once: itself, a keyboard, no auxiliary port', () => {
  const ask = (...commands: [number, number][]) => {
    for (const [port, value] of commands) out(port, value);
    const replies = [];
    while (inb(0x64) & 1) replies.push(inb(0x60));
    return replies;
  };
  expect(ask([0x64, 0xaa])).toEqual([0x55]);
  expect(ask([0x64, 0xab])).toEqual([0]);
  expect(ask([0x64, 0x60], [0x60, 0x65], [0x64, 0x20])).toEqual([0x65]);
  expect(ask([0x60, 0xf2])).toEqual([0xfa, 0xab, 0x83]);
  expect(ask([0x60, 0xff])).toEqual([0xfa, 0xaa]);
  expect(ask([0x60, 0xed])).toEqual([0xfa]);
  expect(ask([0x60, 0x07])).toEqual([0xfa]);
  out(0x64, 0xd3);
  out(0x60, 0x5a);
  expect(inb(0x64) & 0x21).toBe(0x01);
  expect(inb(0x60)).toBe(0x5a);
});

test('firmware data is where kernels look', () => {
  const { data, bytes } = rig.memory;
  expect(data.getUint16(0x40e, true) << 4).toBe(0x9_fc00);
  expect(data.getUint16(0x413, true)).toBe(639);
  expect(data.getUint16(0x400, true)).toBe(0x3f8);
  expect(String.fromCharCode(...bytes.subarray(0xe_0000, 0xe_0008))).toBe('RSD PTR ');
});

test('the memory maps ascend without overlap and end RAM where it ends', () => {
  for (const map of [e820Map(RAM), memoryMap(RAM)]) {
    map.slice(1).forEach((range, i) => {
      expect(range.base).toBeGreaterThanOrEqual(map[i].base + map[i].length);
    });
  }
  const usable = e820Map(RAM).filter(({ type }) => type === 1);
  expect(usable.at(-1)).toEqual({ base: 0x10_0000, length: RAM - 0x10_0000, type: 1 });
});

test.each([
  ['the 8259', () => out(0x21, 0xfe)],
  [
    'the I/O APIC',
    () => {
      rig.board.mmioWrite(0xfec0_0000, 4, 0x14);
      rig.board.mmioWrite(0xfec0_0010, 4, 0x20);
    },
  ],
])('lost ticks of the interval timer arrive through %s one by one', (_, unmask) => {
  const INIT = [0x11, 0x20, 0x04, 0x01] as const;
  out(0x20, INIT[0]);
  out(0x21, ...INIT.slice(1), 0xff);
  unmask();
  out(0x43, 0x34);
  out(0x40, 1000 & 0xff, 1000 >> 8);
  const takeAll = () => {
    let taken = 0;
    for (; rig.pins.interruptRequest; taken++) {
      expect(rig.board.acknowledgeInterrupt()).toBe(0x20);
      out(0x20, 0x20);
      rig.board.mmioWrite(0xfee0_00b0, 4, 0);
    }
    return taken;
  };
  takeAll();
  rig.clock.jump(0.0085 * SECOND);
  expect(takeAll()).toBe(10);
});
