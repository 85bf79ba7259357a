/** docs/counters.md names each counter that there is, and no other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createMachine } from '../../src/index.ts';

it('are all documented', async () => {
  const machine = await createMachine({ memory: 16 << 20 });
  const { counters, instructions, ...others } = machine.stats();
  await machine.stop();
  const names = [
    ...Object.keys(instructions).map((name) => `instructions.${name}`),
    ...Object.keys(others),
    ...Object.keys(counters),
  ];
  const page = readFileSync(join(import.meta.dirname, '../../docs/counters.md'), 'utf8');
  const documented = [...page.matchAll(/^\| `([\w.]+)`/gm)].map(([, name]) => name!);
  expect(documented.toSorted()).toEqual(names.toSorted());
});
