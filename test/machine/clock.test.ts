import { expect, test } from 'vitest';
import { HostClock, InstructionClock } from '../../src/machine/clock.ts';
import { FakeClock, MICROSECOND, MILLISECOND, SECOND } from './fakes.ts';

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

/** A running host clock; `pass` moves the host's time on while the guest executes so many instructions. */
function hostClock() {
  let [host, executed] = [0, 0];
  const clock = new HostClock(
    () => executed,
    () => host,
  );
  clock.resume();
  const pass = (nanoseconds: number, instructions = 0) => {
    host += nanoseconds;
    executed += instructions;
  };
  return { clock, pass };
}

test('guest time is host time while the guest runs or sleeps, and stands while it is held', () => {
  const { clock, pass } = hostClock();
  pass(4 * MILLISECOND, 4_000_000);
  expect(clock.now()).toBe(4 * MILLISECOND);
  clock.sleep(Infinity);
  pass(SECOND);
  clock.wake();
  expect(clock.now()).toBe(SECOND + 4 * MILLISECOND);
  clock.pause();
  pass(SECOND);
  expect(clock.now()).toBe(SECOND + 4 * MILLISECOND);
  clock.resume();
  pass(MICROSECOND, 10);
  expect(clock.now()).toBe(SECOND + 4 * MILLISECOND + MICROSECOND);
});

test('a host clock that is held or let go twice loses no time', () => {
  const { clock, pass } = hostClock();
  pass(4 * MILLISECOND, 4_000_000);
  clock.resume();
  expect(clock.now()).toBe(4 * MILLISECOND);
  pass(3 * MILLISECOND, 3_000_000);
  clock.pause();
  clock.pause();
  pass(SECOND);
  clock.resume();
  expect(clock.now()).toBe(7 * MILLISECOND);
});

test('PM timer taken for wrong: a process kept from running does not make guest time jump; it makes up for it at twice the pace', () => {
  const { clock, pass } = hostClock();
  pass(100 * MILLISECOND, 10);
  const late = clock.now();
  expect(late).toBeLessThan(MILLISECOND);
  for (let i = 0; i < 50; i++) {
    pass(MILLISECOND, 1_000_000);
    clock.now();
  }
  expect(clock.now()).toBe(late + 100 * MILLISECOND);
  for (let i = 0; i < 60; i++) {
    pass(MILLISECOND, 1_000_000);
    clock.now();
  }
  expect(clock.now()).toBe(210 * MILLISECOND);
});

test('a guest that sleeps makes up for a delay at once, but not beyond the deadline it waits for', () => {
  const { clock, pass } = hostClock();
  pass(100 * MILLISECOND);
  clock.now();
  clock.sleep(40 * MILLISECOND);
  expect(clock.now()).toBe(40 * MILLISECOND);
  clock.sleep(Infinity);
  expect(clock.now()).toBe(100 * MILLISECOND);
});

test('a guest is never more than a second late', () => {
  const { clock, pass } = hostClock();
  pass(60 * SECOND);
  expect(60 * SECOND - clock.now()).toBe(SECOND);
});
