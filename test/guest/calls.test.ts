import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CALLS } from '../../src/hypervisor/calls.ts';

test("the guest's list of calls is the hypervisor's", () => {
  const list = readFileSync(join(import.meta.dirname, '../../guest/vmi/calls.def'), 'utf8');
  const calls = Array.from(list.matchAll(/^VMI_(?:REGISTER_)?CALL\((\d+), (\w+)/gm), ([, n, name]) => [
    Number(n),
    name,
  ]);
  expect(calls).toEqual(CALLS.map(({ number, name }) => [number, name]));
});
