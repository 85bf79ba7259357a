/** The limit of the code cache, with a guest that has more hot code than fits. */
import { expect, test } from 'vitest';
import { createMachine } from '../../src/index.ts';

const LIMIT = 100;

test('a guest that exceeds the code cache goes on, and the limit holds', { timeout: 300_000 }, async () => {
  const machine = await createMachine({
    append: '-- primes 1000 | wc; forktest 3; hello',
    memory: 32 << 20,
    engine: { threshold: 0, maxRegions: LIMIT },
  });
  let output = '';
  machine.console.output.on('data', (chunk: Buffer) => {
    output += chunk.toString('latin1');
  });
  expect(await machine.run()).toEqual({ reason: 'poweroff' });
  await machine.stop();
  expect(output.replaceAll('\r', '')).toMatch(
    /\n1 6 42 -\nforktest: 3 rounds of 4 children, ok\nHello from ring 3, process \d+\nPower off\.\n$/,
  );
  const { regions, instructions, counters } = machine.stats();
  expect(counters['cacheFlushes']).toBeGreaterThan(1);
  expect(counters['peakRegions']).toBeGreaterThan(LIMIT / 2);
  expect(counters['peakRegions']).toBeLessThanOrEqual(LIMIT);
  expect(counters['liveRegions']).toBeLessThanOrEqual(LIMIT);
  // What was dropped and came back was translated again.
  expect(regions).toBeGreaterThan(2 * LIMIT);
  expect(instructions.translated).toBeGreaterThan(instructions.interpreter);
});
