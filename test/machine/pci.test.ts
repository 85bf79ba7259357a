import { beforeEach, expect, test } from 'vitest';
import { configSpace, makeBoard, type Rig } from './rig.ts';

const VIRTIO_SLOT = 3;
const COMMAND = 0x04;
const BAR0 = 0x10;
const BAR4 = 0x20;

let rig: Rig;
beforeEach(() => {
  rig = makeBoard();
});

test('the chip set is where kernels look for it', () => {
  const id = (slot: number, number: number) => configSpace(rig, slot, number).read(0);
  expect(id(0, 0)).toBe(0x1237_8086);
  expect(id(1, 0)).toBe(0x7000_8086);
  expect(id(1, 3)).toBe(0x7113_8086);
  expect(id(2, 0)).toBe(0xffff_ffff);
  expect(configSpace(rig, 1).read(0x0e, 1) & 0x80).toBe(0x80);
  expect(configSpace(rig, 0).read(0x0a, 2)).toBe(0x0600);
});

test('nothing answers without the enable bit, or on another bus', () => {
  rig.board.portWrite(0xcf8, 4, 0);
  expect(rig.board.portRead(0xcfc, 4)).toBe(0xffff_ffff);
  rig.board.portWrite(0xcf8, 4, 0x8001_0000);
  expect(rig.board.portRead(0xcfc, 4)).toBe(0xffff_ffff);
  rig.board.portWrite(0xcf8, 4, 0x8000_0000);
  expect(rig.board.portRead(0xcf8, 4)).toBe(0x8000_0000);
  expect(rig.board.portRead(0xcfe, 2)).toBe(0x1237);
});

test('BARs tell their sizes and keep their kind', () => {
  const config = configSpace(rig, VIRTIO_SLOT);
  config.write(COMMAND, 0, 2);
  for (const [bar, expected] of [
    [BAR0, 0xffff_ffc1],
    [BAR4, 0xffff_c000],
    [0x14, 0],
  ]) {
    config.write(bar, 0xffff_ffff);
    expect(config.read(bar)).toBe(expected);
  }
});

test('a device answers where its BAR says, while decoding is enabled', () => {
  const config = configSpace(rig, VIRTIO_SLOT);
  const deviceStatus = (base: number) => rig.board.portRead(base + 18, 1);
  const old = config.read(BAR0) & ~3;
  expect(deviceStatus(old)).toBe(0);
  config.write(BAR0, 0xd000);
  expect(deviceStatus(old)).toBe(0xff);
  expect(deviceStatus(0xd000)).toBe(0);
  config.write(COMMAND, 2, 2);
  expect(deviceStatus(0xd000)).toBe(0xff);
  config.write(BAR4, 0xe000_0000);
  expect(rig.board.mmioRead(0xe000_0012, 2)).toBe(2);
  config.write(COMMAND, 1, 2);
  expect(rig.board.mmioRead(0xe000_0012, 2)).toBe(0xffff);
  expect(deviceStatus(0xd000)).toBe(0);
});

test('a BAR over the ports of the board does not displace them', () => {
  const config = configSpace(rig, VIRTIO_SLOT);
  rig.board.portWrite(0x21, 1, 0xa5);
  config.write(BAR0, 0);
  expect(rig.board.portRead(0x21, 1)).toBe(0xa5);
  config.write(BAR0, 0x3c0);
  expect(rig.board.portRead(0x3ff, 1)).toBe(0);
  rig.board.portWrite(0x3ff, 1, 0x77);
  expect(rig.board.portRead(0x3ff, 1)).toBe(0x77);
});

test('the header cannot be overwritten, the interrupt line can', () => {
  const config = configSpace(rig, VIRTIO_SLOT);
  config.write(0, 0x1234_5678);
  expect(config.read(0)).toBe(0x1003_1af4);
  config.write(0x3c, 0xffff);
  expect(config.read(0x3c, 2)).toBe(0x01ff);
});

test('the reset control register resets on a rising edge', () => {
  rig.board.portWrite(0xcf9, 1, 0x02);
  expect(rig.events).toEqual([]);
  rig.board.portWrite(0xcf9, 1, 0x06);
  rig.board.portWrite(0xcf9, 1, 0x06);
  expect(rig.events).toEqual(['reset']);
});
