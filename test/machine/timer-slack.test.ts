import { expect, test } from 'vitest';
import { TimerSlack } from '../../src/machine/timer-slack.ts';
import { MILLISECOND, SECOND } from './fakes.ts';

const TICK = 4000;

test('slack grows with the time that a guest has been quiet, up to a limit', () => {
  const slack = new TimerSlack();
  slack.disturbed(SECOND);
  expect(slack.at(SECOND)).toBe(0);
  slack.worked(SECOND + 160 * MILLISECOND, TICK, false);
  expect(slack.at(SECOND + 160 * MILLISECOND)).toBe(10 * MILLISECOND);
  expect(slack.at(1000 * SECOND)).toBeLessThan(100 * MILLISECOND);
});

test('a program, much work or input ends it', () => {
  for (const work of [
    (slack: TimerSlack, now: number) => slack.worked(now, TICK, true),
    (slack: TimerSlack, now: number) => slack.worked(now, 1_000_000, false),
    (slack: TimerSlack, now: number) => slack.disturbed(now),
  ]) {
    const slack = new TimerSlack();
    expect(slack.at(SECOND)).toBeGreaterThan(0);
    work(slack, SECOND);
    expect(slack.at(SECOND)).toBe(0);
  }
});
