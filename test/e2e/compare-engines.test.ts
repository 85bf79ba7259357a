/** All engines take the embedded guest through the same states, instruction by instruction. */
import { describe, expect, test } from 'vitest';
import type { EngineOptions } from '../../src/index.ts';
import { compareEngines, compareMachines, type Snapshot } from '../support/compare-engines.ts';

const guest = { append: '-- primes 1000 | wc; forktest 2; hello', memory: 32 << 20 };
/** More than the guest needs until it powers off. */
const LAST = 20_000_000;
const TIMEOUT = 300_000;

const engines: [string, EngineOptions, number][] = [
  ['hot code translated', { threshold: 20, synchronous: true }, 10_007],
  ['everything translated', { threshold: 0 }, 10_007],
  ['regions of one instruction', { threshold: 0, regionLimit: 1 }, 50_021],
];

describe('an engine agrees with the interpreter', () => {
  test.each(engines)('%s', { timeout: TIMEOUT }, async (_, engine, step) => {
    let last: Snapshot = {};
    const difference = await compareEngines(guest, [engine, { jit: false }], { to: LAST, step }, (values) => {
      last = values;
    });
    expect(difference).toBeUndefined();
    expect(last['console']).toMatch(/Hello from ring 3, process \d+\r\nPower off\.\r\n$/);
    expect(last['instructions']).toBeLessThan(LAST);
    expect(last['otherMemory']).toBe(last['memory']);
  });
});

test('a difference is found to the instruction', { timeout: TIMEOUT }, async () => {
  const engine = { jit: false };
  const pair = [
    { append: '-- primes 1000', engine },
    { append: '-- primes 1001', engine },
  ] as const;
  const found = await compareMachines(pair, { to: LAST, step: 20_000 });
  expect(found).toMatchObject({ resolution: 1 });
  // The last digit, as soon as it is read.
  expect(Object.values(found!.values)).toContainEqual([...'01'].map((digit) => digit.charCodeAt(0)));
  expect(await compareMachines(pair, { to: found!.instructions - 1, step: found!.instructions })).toBeUndefined();
});
