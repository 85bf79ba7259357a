import { getHeapStatistics } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Thrift } from '../../runtime/jit/thrift.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('garbage is collected once there is much of it', async () => {
  const thrift = new Thrift();
  thrift.tidy();
  const gone = new WeakRef({ module: 'handed over' });
  // Old by now, so that no scavenge finds it.
  let held: unknown[] | undefined = Array.from({ length: 400_000 }, (_, n) => [n]);
  await turn();
  const before = getHeapStatistics().used_heap_size;
  held = undefined;
  thrift.tidy();
  await turn();
  expect(gone.deref()).toBeUndefined();
  expect(before - getHeapStatistics().used_heap_size).toBeGreaterThan(8 << 20);
  expect(held).toBeUndefined();
});

test('the flags of V8 are as before, so that cached code is still used', () => {
  new Thrift();
  expect(runInNewContext('typeof gc')).toBe('undefined');
});
