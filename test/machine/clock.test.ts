import { expect, test } from 'vitest';
import { InstructionClock } from '../../src/machine/clock.ts';
import { FakeClock } from './fakes.ts';

test('events run by deadline, and in the order of asking where deadlines are equal', () => {
  const clock = new FakeClock();
  const order: string[] = [];
  for (const [name, deadline] of [
    ['c', 30],
    ['a', 10],
    ['d', 30],
    ['b', 20],
  ] as const) {
    clock.at(deadline, () => order.push(name));
  }
  expect(clock.nextDeadline()).toBe(10);
  clock.advance(25);
  expect(order).toEqual(['a', 'b']);
  clock.advance(25);
  expect(order).toEqual(['a', 'b', 'c', 'd']);
  expect(clock.nextDeadline()).toBe(Infinity);
});

test('a cancelled event does not run, wherever it is in the queue', () => {
  const clock = new FakeClock();
  const ran: number[] = [];
  const timers = Array.from({ length: 50 }, (_, i) => clock.at((i * 37) % 50, () => ran.push((i * 37) % 50)));
  for (let i = 0; i < 50; i += 3) timers[i].cancel();
  timers[0].cancel();
  clock.advance(100);
  const cancelled = new Set(Array.from({ length: 17 }, (_, i) => (i * 3 * 37) % 50));
  expect(ran).toEqual(Array.from({ length: 50 }, (_, i) => i).filter((i) => !cancelled.has(i)));
});

test('a new earliest deadline is announced, a later one is not', () => {
  const clock = new FakeClock();
  const announced: number[] = [];
  clock.onEarlierDeadline = (deadline) => announced.push(deadline);
  for (const deadline of [50, 70, 20, 60]) clock.at(deadline, () => {});
  expect(announced).toEqual([50, 20]);
});

test('instruction time follows the count, and idle time is added to it', () => {
  let instructions = 0;
  const clock = new InstructionClock(() => instructions, 2);
  instructions = 100;
  expect(clock.now()).toBe(200);
  expect(clock.instructionsUntil(205)).toBe(3);
  clock.advanceTo(1000);
  instructions = 150;
  expect(clock.now()).toBe(1100);
  clock.advanceTo(500);
  expect(clock.now()).toBe(1100);
});

test('an event that always adds another does not hold up the rest', () => {
  const clock = new FakeClock();
  const order: string[] = [];
  const again = () => {
    order.push('again');
    clock.at(clock.now(), again);
  };
  clock.at(0, again);
  clock.at(0, () => order.push('other'));
  clock.runDue();
  expect(order).toEqual(['again', 'other']);
  clock.runDue();
  expect(order).toEqual(['again', 'other', 'again']);
  clock.clear();
  expect(clock.nextDeadline()).toBe(Infinity);
});

test('a sleep may keep patient events waiting, exact ones never', () => {
  const clock = new FakeClock();
  clock.at(100, () => {}, 'patient');
  const exact = clock.at(150, () => {});
  expect(clock.wakeUpTime(0)).toBe(100);
  expect(clock.wakeUpTime(20)).toBe(120);
  expect(clock.wakeUpTime(500)).toBe(150);
  exact.cancel();
  expect(clock.wakeUpTime(500)).toBe(600);
  // Whoever looks only at what is due sees no patience.
  expect(clock.nextDeadline()).toBe(100);
});
