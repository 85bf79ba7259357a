import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DiskImage } from '../../src/machine/disk-image.ts';
import { VirtioBlock } from '../../src/machine/virtio/block.ts';
import { Virtqueue } from '../../src/machine/virtio/virtqueue.ts';
import { bars, configSpace, DriverQueue, makeBoard, type Rig, WRITE } from './rig.ts';

const SLOT = 3;
const SECTORS = 64;
const FRAME = 16;
const QUEUE_SIZE = 128;
const HEADER = 0x10_0000;
const DATA = 0x11_0000;
const STATUS = 0x12_0000;
const [READ, WRITE_REQUEST, FLUSH, GET_ID] = [0, 1, 4, 8];
const [OK, IO_ERROR, UNSUPPORTED] = [0, 1, 2];
const FLUSH_FEATURE = 1 << 9;
const DRIVER_OK = 7;
const NEEDS_RESET = 0x40;

/** A disk image that counts what is flushed. */
class CountingImage extends DiskImage {
  flushes = 0;

  override flush(): void {
    super.flush();
    this.flushes++;
  }
}

let folder: string;
let file: string;
let image: CountingImage;
let rig: Rig;
let queue: DriverQueue;
/** How this interface notifies queue 0. */
let notify: () => void;
let status: () => number;
let interruptStatus: () => number;

const content = Uint8Array.from({ length: SECTORS * 512 }, (_, i) => (i * 7 + (i >> 9)) & 0xff);

function open(readOnly = false): void {
  image = new CountingImage(file, { readOnly });
  rig = makeBoard([image]);
  queue = new DriverQueue(rig.memory, FRAME, QUEUE_SIZE);
}

function startLegacy(features = FLUSH_FEATURE): void {
  const { io } = bars(rig, SLOT);
  const { board } = rig;
  board.portWrite(io + 18, 1, 0);
  board.portWrite(io + 18, 1, 3);
  board.portWrite(io + 4, 4, features);
  board.portWrite(io + 14, 2, 0);
  expect(board.portRead(io + 12, 2)).toBe(QUEUE_SIZE);
  board.portWrite(io + 8, 4, FRAME);
  board.portWrite(io + 18, 1, DRIVER_OK);
  notify = () => board.portWrite(io + 16, 2, 0);
  status = () => board.portRead(io + 18, 1);
  interruptStatus = () => board.portRead(io + 19, 1);
}

test('a legacy driver reads the partition table before it says DRIVER_OK', () => {
  open();
  startLegacy();
  rig.board.portWrite(bars(rig, SLOT).io + 18, 1, 3);
  expect(request(READ, 0, 512, true)).toEqual({ result: OK, written: 513 });
});

function startModern(): void {
  const { memory } = bars(rig, SLOT);
  const { board } = rig;
  const write = (offset: number, size: 1 | 2 | 4, value: number) => board.mmioWrite(memory + offset, size, value);
  write(20, 1, 0);
  write(20, 1, 3);
  for (const [word, bits] of [
    [0, FLUSH_FEATURE],
    [1, 1],
  ]) {
    write(8, 4, word);
    write(12, 4, bits);
  }
  write(20, 1, 11);
  expect(board.mmioRead(memory + 20, 1)).toBe(11);
  write(22, 2, 0);
  const { descriptors, available, used } = queue;
  [descriptors, 0, available, 0, used, 0].forEach((value, i) => {
    write(32 + 4 * i, 4, value);
  });
  write(28, 2, 1);
  write(20, 1, 15);
  notify = () => write(0x3000, 2, 0);
  status = () => board.mmioRead(memory + 20, 1);
  interruptStatus = () => board.mmioRead(memory + 0x1000, 1);
}

/** Makes a request of one data segment and returns its status byte and the length in the used ring. */
function request(type: number, sector: number, length: number, toGuest: boolean) {
  const { data } = rig.memory;
  data.setUint32(HEADER, type, true);
  data.setUint32(HEADER + 8, sector, true);
  data.setUint32(HEADER + 12, 0, true);
  rig.memory.bytes[STATUS] = 0xee;
  const segments = length > 0 ? [{ address: DATA, length, flags: toGuest ? WRITE : 0 }] : [];
  queue.chain({ address: HEADER, length: 16 }, ...segments, { address: STATUS, length: 1, flags: WRITE });
  queue.offer(0);
  const before = queue.usedIndex;
  notify();
  expect(queue.usedIndex).toBe(before + 1);
  return { result: rig.memory.bytes[STATUS], written: queue.usedElement(before).written };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmi86-disk-'));
  file = join(folder, 'disk.img');
  writeFileSync(file, content);
});

afterEach(() => {
  image.close();
  rmSync(folder, { recursive: true });
});

for (const [name, start] of [
  ['legacy', startLegacy],
  ['modern', startModern],
] as const) {
  describe(`${name} interface`, () => {
    beforeEach(() => {
      open();
      start();
    });

    test('reads sectors and interrupts', () => {
      expect(request(READ, 3, 1024, true)).toEqual({ result: OK, written: 1025 });
      expect(rig.memory.view(DATA, 1024)).toEqual(content.slice(3 * 512, 5 * 512));
      expect(interruptStatus()).toBe(1);
      expect(interruptStatus()).toBe(0);
    });

    test('writes sectors and flushes them when asked', () => {
      rig.memory.bytes.fill(0x5a, DATA, DATA + 512);
      expect(request(WRITE_REQUEST, 63, 512, false)).toEqual({ result: OK, written: 1 });
      expect(image.flushes).toBe(0);
      expect(request(FLUSH, 0, 0, false)).toEqual({ result: OK, written: 1 });
      expect(image.flushes).toBe(1);
      const after = readFileSync(file);
      expect(after.subarray(63 * 512)).toEqual(Buffer.alloc(512, 0x5a));
      expect(after.subarray(0, 63 * 512)).toEqual(Buffer.from(content.subarray(0, 63 * 512)));
    });

    test('sectors outside the disk and unknown requests fail, and change nothing', () => {
      expect(request(READ, 64, 512, true).result).toBe(IO_ERROR);
      expect(request(WRITE_REQUEST, 63, 1024, false).result).toBe(IO_ERROR);
      expect(request(READ, 0, 100, true).result).toBe(IO_ERROR);
      expect(request(99, 0, 512, true).result).toBe(UNSUPPORTED);
      expect(readFileSync(file)).toEqual(Buffer.from(content));
    });

    test('a broken chain stops the device until it is reset', () => {
      queue.describe(0, { address: 0xf000_0000, length: 16 });
      queue.offer(0);
      notify();
      expect(status() & NEEDS_RESET).toBe(NEEDS_RESET);
      expect(interruptStatus()).toBe(2);
      rig.memory.bytes.fill(0, queue.available, queue.used + 4096);
      start();
      expect(request(READ, 0, 512, true).result).toBe(OK);
    });
  });
}

test('the disk has a size and a serial number', () => {
  open();
  startLegacy();
  const { io } = bars(rig, SLOT);
  expect(rig.board.portRead(io + 20, 4)).toBe(SECTORS);
  expect(rig.board.mmioRead(bars(rig, SLOT).memory + 0x2000, 4)).toBe(SECTORS);
  expect(request(GET_ID, 0, 20, true)).toEqual({ result: OK, written: 21 });
  expect(new TextDecoder().decode(rig.memory.view(DATA, 4))).toBe('vda\0');
});

test('a driver that cannot flush has its writes flushed for it', () => {
  open();
  startLegacy(0);
  request(WRITE_REQUEST, 0, 512, false);
  expect(image.flushes).toBe(1);
});

test('requests that beget requests do not keep the host in one notification', () => {
  open();
  class Endless extends Virtqueue {
    served = 0;

    override pop() {
      this.served++;
      return { head: 0, readable: [], writable: [] };
    }
  }
  const endless = new Endless(rig.memory, 8);
  expect(new VirtioBlock(image, 'vda').serve(endless)).toBe(true);
  expect(endless.served).toBe(8);
});

test('a read-only disk says so and refuses writes', () => {
  open(true);
  startLegacy();
  expect(rig.board.portRead(bars(rig, SLOT).io, 4) & (1 << 5)).toBe(1 << 5);
  expect(request(WRITE_REQUEST, 0, 512, false).result).toBe(IO_ERROR);
  expect(readFileSync(file)).toEqual(Buffer.from(content));
});

test('an unknown feature is not agreed to', () => {
  open();
  const { memory } = bars(rig, SLOT);
  rig.board.mmioWrite(memory + 8, 4, 0);
  rig.board.mmioWrite(memory + 12, 4, 0xffff_ffff);
  rig.board.mmioWrite(memory + 20, 1, 11);
  expect(rig.board.mmioRead(memory + 20, 1)).toBe(3);
});

test('the interrupt arrives at the IRQ in configuration space, as a level', () => {
  open();
  startLegacy();
  const irq = configSpace(rig, SLOT).read(0x3c, 1);
  expect([10, 11]).toContain(irq);
  for (const [port, ...words] of [
    [0x20, 0x11],
    [0x21, 0x20, 4, 1, 0],
    [0xa0, 0x11],
    [0xa1, 0x28, 2, 1, 0],
  ]) {
    for (const word of words) rig.board.portWrite(port, 1, word);
  }
  request(READ, 0, 512, true);
  expect(rig.pins.interruptRequest).toBe(true);
  expect(rig.board.acknowledgeInterrupt()).toBe(0x20 + irq);
  interruptStatus();
  rig.board.portWrite(0xa0, 1, 0x20);
  rig.board.portWrite(0x20, 1, 0x20);
  expect(rig.pins.interruptRequest).toBe(false);
});

test('the window in configuration space reaches the modern registers', () => {
  open();
  const config = configSpace(rig, SLOT);
  let capability = config.read(0x34, 1);
  while (config.read(capability + 3, 1) !== 5) capability = config.read(capability + 1, 1);
  config.write(capability + 4, 4, 1);
  config.write(capability + 8, 18);
  config.write(capability + 12, 2);
  expect(config.read(capability + 16, 2)).toBe(1);
  config.write(capability + 8, 20);
  config.write(capability + 12, 1);
  config.write(capability + 16, 3, 1);
  expect(rig.board.mmioRead(bars(rig, SLOT).memory + 20, 1)).toBe(3);
});

test('what is not a disk image is refused in one line with its name', () => {
  open();
  for (const [name, bytes, reason] of [
    ['empty.img', 0, /empty/],
    ['odd.img', 1000, /1000 bytes/],
    ['missing.img', -1, /no such file/],
  ] as const) {
    const path = join(folder, name);
    if (bytes >= 0) writeFileSync(path, new Uint8Array(bytes));
    expect(() => new DiskImage(path)).toThrow(reason);
    expect(() => new DiskImage(path)).toThrow(name);
  }
  expect(() => new DiskImage(folder, { readOnly: true })).toThrow(/directory/);
});
