import { beforeEach, expect, test } from 'vitest';
import { bars, DriverQueue, makeBoard, type Rig, WRITE } from './rig.ts';

const SLOT = 3;
const BUFFER = 0x10_0000;
const SIZE = 64;

let rig: Rig;
let receive: DriverQueue;
let transmit: DriverQueue;
let notify: (queue: number) => void;

beforeEach(() => {
  rig = makeBoard();
  const { io } = bars(rig, SLOT);
  const { board } = rig;
  [receive, transmit] = [16, 32].map((frame) => new DriverQueue(rig.memory, frame, SIZE));
  [16, 32].forEach((frame, i) => {
    board.portWrite(io + 14, 2, i);
    board.portWrite(io + 8, 4, frame);
  });
  board.portWrite(io + 18, 1, 7);
  notify = (queue) => board.portWrite(io + 16, 2, queue);
});

test('output goes to the host', () => {
  rig.memory.write(BUFFER, new TextEncoder().encode('hello, host'));
  transmit.chain({ address: BUFFER, length: 7 }, { address: BUFFER + 7, length: 4 });
  transmit.offer(0);
  notify(1);
  expect(String.fromCharCode(...rig.console)).toBe('hello, host');
  expect(transmit.usedIndex).toBe(1);
});

test('input waits for buffers and fills them one by one', () => {
  rig.consoleInput.push(new TextEncoder().encode('0123456789'));
  expect(receive.usedIndex).toBe(0);
  [0, 1, 2].forEach((i) => {
    receive.describe(i, { address: BUFFER + 8 * i, length: 4, flags: WRITE });
    receive.offer(i);
  });
  notify(0);
  expect([0, 1, 2].map((i) => receive.usedElement(i).written)).toEqual([4, 4, 2]);
  expect(new TextDecoder().decode(rig.memory.view(BUFFER, 4))).toBe('0123');
  expect(new TextDecoder().decode(rig.memory.view(BUFFER + 16, 2))).toBe('89');
  receive.offer(0);
  notify(0);
  expect(receive.usedIndex).toBe(3);
  rig.consoleInput.push(Uint8Array.of(0x21));
  expect(receive.usedElement(3)).toEqual({ head: 0, written: 1 });
});
