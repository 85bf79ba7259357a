import { beforeEach, expect, test } from 'vitest';
import { Virtqueue, VirtqueueError } from '../../src/machine/virtio/virtqueue.ts';
import { FakeMemory } from './fakes.ts';
import { DriverQueue, INDIRECT, NEXT, RAM, WRITE } from './rig.ts';

const BUFFER = 0x10_0000;
const TABLE = 0x20_0000;

let memory: FakeMemory;
let queue: Virtqueue;
let driver: DriverQueue;

beforeEach(() => {
  memory = new FakeMemory(RAM);
  queue = new Virtqueue(memory, 8);
  driver = new DriverQueue(memory, 1, 8);
  queue.enable(driver);
});

test('a chain comes out in order, and is given back', () => {
  driver.chain({ address: BUFFER, length: 16 }, { address: BUFFER + 0x100, length: 512, flags: WRITE });
  driver.offer(0);
  const chain = queue.pop()!;
  expect(chain).toEqual({
    head: 0,
    readable: [{ address: BUFFER, length: 16 }],
    writable: [{ address: BUFFER + 0x100, length: 512 }],
  });
  expect(queue.pop()).toBeUndefined();
  queue.push(chain, 77);
  expect(driver.usedIndex).toBe(1);
  expect(driver.usedElement(0)).toEqual({ head: 0, written: 77 });
});

test('the indices wrap around', () => {
  driver.describe(3, { address: BUFFER, length: 4 });
  for (let i = 0; i < 70_000; i++) {
    driver.offer(3);
    queue.push(queue.pop()!, 0);
  }
  expect(driver.usedIndex).toBe(70_000 & 0xffff);
});

test('indirect tables are followed', () => {
  driver.describe(0, { address: TABLE, length: 32, flags: INDIRECT });
  driver.describe(0, { address: BUFFER, length: 1, flags: NEXT, next: 1 }, TABLE);
  driver.describe(1, { address: BUFFER, length: 2, flags: WRITE }, TABLE);
  driver.offer(0);
  expect(queue.pop()).toEqual({
    head: 0,
    readable: [{ address: BUFFER, length: 1 }],
    writable: [{ address: BUFFER, length: 2 }],
  });
});

test('the driver can do without interrupts', () => {
  driver.describe(0, { address: BUFFER, length: 4 });
  for (const wanted of [true, false]) {
    driver.interruptsWanted = wanted;
    driver.offer(0);
    queue.push(queue.pop()!, 0);
    expect(queue.takeInterrupt()).toBe(wanted);
    expect(queue.takeInterrupt()).toBe(false);
  }
});

const HOSTILE: Record<string, () => void> = {
  'a loop': () => driver.chain({ address: BUFFER, length: 4 }, { address: BUFFER, length: 4, flags: NEXT }),
  'a head outside the table': () => {},
  'a next index outside the table': () => driver.describe(0, { address: BUFFER, length: 4, flags: NEXT, next: 8 }),
  'a buffer outside RAM': () => driver.describe(0, { address: RAM - 2, length: 4 }),
  'a buffer whose end wraps around 4 GB': () => driver.describe(0, { address: BUFFER, length: 0xffff_ffff }),
  'a 64-bit address': () => {
    driver.describe(0, { address: BUFFER, length: 4 });
    memory.data.setUint32(driver.descriptors + 4, 1, true);
  },
  'a readable descriptor after a writable one': () =>
    driver.chain({ address: BUFFER, length: 4, flags: WRITE }, { address: BUFFER, length: 4 }),
  'an indirect table in an indirect table': () => {
    driver.describe(0, { address: TABLE, length: 16, flags: INDIRECT });
    driver.describe(0, { address: TABLE, length: 16, flags: INDIRECT }, TABLE);
  },
  'an indirect table of odd size': () => driver.describe(0, { address: TABLE, length: 17, flags: INDIRECT }),
  'an empty indirect table': () => driver.describe(0, { address: TABLE, length: 0, flags: INDIRECT }),
  'a huge indirect table': () => driver.describe(0, { address: TABLE, length: 16 * 65_536, flags: INDIRECT }),
  'an indirect table outside RAM': () => driver.describe(0, { address: RAM, length: 16, flags: INDIRECT }),
  'a loop in an indirect table': () => {
    driver.describe(0, { address: TABLE, length: 32, flags: INDIRECT });
    driver.describe(0, { address: BUFFER, length: 1, flags: NEXT, next: 0 }, TABLE);
  },
  'more requests than the queue holds': () => {
    driver.describe(0, { address: BUFFER, length: 4 });
    memory.data.setUint16(driver.available + 2, 9, true);
  },
};

for (const [what, prepare] of Object.entries(HOSTILE)) {
  test(`${what} breaks the queue`, () => {
    prepare();
    driver.offer(what.startsWith('a head') ? 0xffff : 0);
    expect(() => queue.pop()).toThrow(VirtqueueError);
  });
}

test('more bytes in a chain than a request may have break the queue', () => {
  const big = new Virtqueue(memory, 128);
  const bigDriver = new DriverQueue(memory, 1, 128);
  big.enable(bigDriver);
  bigDriver.chain(...Array.from({ length: 17 }, () => ({ address: 4 << 20, length: 4 << 20 })));
  bigDriver.offer(0);
  expect(() => big.pop()).toThrow(/too long/);
});

test('rings outside RAM break the queue', () => {
  queue.enable({ descriptors: 2 ** 33, available: RAM, used: RAM });
  expect(() => queue.pop()).toThrow(VirtqueueError);
  queue.enable({ ...driver, descriptors: driver.descriptors, available: driver.available, used: RAM - 2 });
  driver.describe(0, { address: BUFFER, length: 4 });
  driver.offer(0);
  expect(() => queue.push(queue.pop()!, 0)).toThrow(VirtqueueError);
});

test('only powers of two within the maximum are sizes', () => {
  queue.reset();
  for (const size of [0, 3, 16, 65_536]) queue.size = size;
  expect(queue.size).toBe(8);
  queue.size = 4;
  expect(queue.size).toBe(4);
  queue.reset();
  expect(queue.size).toBe(8);
});
