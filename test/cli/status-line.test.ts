import { expect, it } from 'vitest';
import { StatusLine } from '../../src/cli/status-line.ts';

it('tells of the time since the last line', () => {
  let now = 5000;
  const line = new StatusLine(() => now);
  now += 2000;
  expect(
    line.next({
      instructions: { interpreter: 50e6, translated: 150e6 },
      transfers: 3e6,
      guestSeconds: 1.94,
      idleSeconds: 0.5,
    }),
  ).toBe('guest time 1.9 s, 100.0 MIPS, 75.0 % translated, 1.50 M transfers/s, 25.0 % idle');
  now += 1000;
  expect(
    line.next({
      instructions: { interpreter: 60e6, translated: 240e6 },
      transfers: 3.5e6,
      guestSeconds: 2.94,
      idleSeconds: 1.5,
    }),
  ).toBe('guest time 2.9 s, 100.0 MIPS, 90.0 % translated, 0.50 M transfers/s, 100.0 % idle');
});

it('survives two lines at the same moment', () => {
  const line = new StatusLine(() => 0);
  const stats = { instructions: { interpreter: 0, translated: 0 }, transfers: 0, guestSeconds: 0, idleSeconds: 0 };
  expect([line.next(stats), line.next(stats)]).toEqual(
    Array(2).fill('guest time 0.0 s, 0.0 MIPS, 0.0 % translated, 0.00 M transfers/s, 0.0 % idle'),
  );
});
