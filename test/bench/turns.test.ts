import { expect, test } from 'vitest';
import { PROGRAMS } from '../../bench/programs/table.ts';
import { newRecord } from '../../bench/session/record.ts';
import { stepsOf } from '../../bench/session/rounds.ts';
import { ProgramError, type Run, type Session } from '../../bench/session/session.ts';
import { exactly, hasSettled, type Running, takeTurns } from '../../bench/session/turns.ts';

const program = PROGRAMS[0]!;
const never = (_: Running, error: Error) => {
  throw error;
};

/** A guest whose runs take these times, one after the other, and then the last one; `log` hears who runs. */
function guest(name: string, times: (number | Error)[], log: string[] = []): Running {
  let next = 0;
  const run = async (_: unknown, count: number): Promise<Run> => {
    log.push(name);
    const time = times[Math.min(next++, times.length - 1)]!;
    if (time instanceof Error) throw time;
    return { count, cpuSeconds: time, accountedSeconds: 0, wallSeconds: 0, guestSeconds: 0, checksum: 1 };
  };
  return { record: newRecord({ name }), session: { run } as unknown as Session };
}
const seconds = (runs: Run[] | undefined) => runs?.map(({ cpuSeconds }) => cpuSeconds);

test('runs have settled when four of them have brought less than 3 % to the four before', () => {
  expect(hasSettled([5, 5, 5, 5, 5, 5, 5])).toBe(false);
  expect(hasSettled([5, 5, 5, 5, 5, 5, 5, 5])).toBe(true);
  expect(hasSettled([9, 8, 5, 5, 5, 5, 5, 5])).toBe(false);
  expect(hasSettled([9, 8, 5, 5, 5, 5, 5, 5, 4.9, 9])).toBe(true);
  // One that is fast by chance settles nothing.
  expect(hasSettled([9, 4, 9, 9, 7, 7, 7, 7])).toBe(false);
});

test('all warm up until nobody becomes faster, and the faster half of what follows counts', async () => {
  const fast = guest('fast', [9, 2]);
  const slow = guest('slow', [9, 8, 7, 6, 6, 6, 6, 6, 6, 6, 3, 5, 4]);
  await takeTurns([fast, slow], program, { scale: 1, warmUp: 20, counted: exactly(3) }, never);
  expect(seconds(slow.record.runs.get(program.name))).toEqual([3.5]);
  expect(seconds(slow.record.firstRuns.get(program.name))).toEqual([9]);
  expect(seconds(slow.record.allRuns.get(program.name)![0])).toEqual([9, 8, 7, 6, 6, 6, 6, 6, 6, 6, 3, 5, 4]);
  expect(fast.record.allRuns.get(program.name)![0]).toHaveLength(13);
});

test('the warm-up has an end, and without one all runs count', async () => {
  const falling = () => guest('falling', [9, 8, 7, 6, 5, 4, 3]);
  const bounded = falling();
  await takeTurns([bounded], program, { scale: 1, warmUp: 4, counted: exactly(1) }, never);
  expect(seconds(bounded.record.runs.get(program.name))).toEqual([5]);
  const cold = falling();
  await takeTurns([cold], program, { scale: 1, warmUp: 0, counted: exactly(2) }, never);
  expect(seconds(cold.record.runs.get(program.name))).toEqual([8]);
  expect(cold.record.firstRuns.size).toBe(0);
});

test('runs count until everybody has been measured for some time', async () => {
  const [quick, slow] = [guest('quick', [0.5, 0.2]), guest('slow', [1])];
  const counted = { least: 2, most: 6, seconds: 1 };
  await takeTurns([quick, slow], program, { scale: 1, warmUp: 0, counted }, never);
  expect(slow.record.allRuns.get(program.name)![0]).toHaveLength(4);
  await takeTurns([quick, slow], program, { scale: 1, warmUp: 0, counted: { ...counted, seconds: 9 } }, never);
  expect(slow.record.allRuns.get(program.name)![1]).toHaveLength(6);
  expect(slow.record.runs.get(program.name)).toHaveLength(2);
});

test('guests take turns, and who was last is first in the next one', async () => {
  const log: string[] = [];
  const both = ['a', 'b'].map((name) => guest(name, [1], log));
  await takeTurns(both, program, { scale: 1, warmUp: 0, counted: exactly(4) }, never);
  expect(log.join('')).toBe('abbaabba');
});

test('where a program fails, and where a guest does, the others go on', async () => {
  const [good, bad, gone] = [
    guest('good', [1]),
    guest('bad', [new ProgramError('SIGILL')]),
    guest('gone', [1, new Error('ended with 1')]),
  ];
  const lost: string[] = [];
  const failed = ({ record }: Running, error: Error) => lost.push(`${record.name}: ${error.message}`);
  const turns = { scale: 1, warmUp: 0, counted: exactly(3) };
  await takeTurns([good!, bad!, gone!], program, turns, failed);
  expect(good!.record.runs.get(program.name)).toHaveLength(1);
  expect(bad!.record.failures.get(program.name)).toBe('SIGILL');
  expect([bad!.record.runs.size, gone!.record.runs.size]).toEqual([0, 0]);
  expect(gone!.record.allRuns.get(program.name)![0]).toHaveLength(1);
  expect(lost).toEqual(['gone: ended with 1']);
  await takeTurns([good!, bad!], program, turns, failed);
  expect(bad!.record.allRuns.size).toBe(0);
});

test('steps to show: boots, sleeping guests, and programs, which are one step for all that take turns', () => {
  const plan = {
    ...{ programs: PROGRAMS.slice(0, 5), rounds: 2, scale: 1, warmUp: 0, counted: exactly(1), idleSeconds: 0 },
    limits: { timeoutSeconds: 1, signal: new AbortController().signal },
  };
  const prepare = () => Promise.reject(new Error());
  const subjects = [
    { name: 'a', prepare },
    { name: 'b', prepare },
    { name: 'native', native: true, prepare },
  ];
  expect(stepsOf({ ...plan, together: false }, subjects)).toBe(2 * (2 + 15));
  expect(stepsOf({ ...plan, together: true }, subjects)).toBe(2 * (2 + 5));
  expect(stepsOf({ ...plan, together: false, idleSeconds: 1 }, subjects)).toBe(2 * (4 + 15));
});
