/** What the interpreter's counters say about code decides what is translated with a hot entry. */
import { expect, test } from 'vitest';
import { CodeMap } from '../../runtime/jit/code-map.ts';
import type { Entry } from '../../runtime/jit/entry.ts';
import { expectedHeat, heatOf, setHeat } from '../../runtime/jit/heat.ts';
import { RegionRequests } from '../../runtime/jit/region-requests.ts';
import { MODE_KEY, STATE } from '../../translator/layout.ts';
import { codePages } from '../../translator/region/extent.ts';
import { CODE, flatProcessor } from './flat-processor.ts';
import { begin, HLT } from './programs.ts';

const THRESHOLD = 8000;

test.each([
  ['never', 0, false],
  ['once', 1, false],
  ['rarely', THRESHOLD / 100 - 1, false],
  ['once in a hundred times', THRESHOLD / 100, true],
  ['and has been given to the translator', -1, true],
])('code that is executed %s', async (_, heat, expected) => {
  const processor = await flatProcessor(false, [0x90]);
  const { state, mmu, codePages: pages } = processor;
  const host = mmu.fetch(CODE);
  setHeat(state, host + 0x20, heat);
  const code = new CodeMap<Entry>(pages, () => {});
  const requests = new RegionRequests(processor, code, { regionLimit: 100, precise: false }, THRESHOLD);
  const { requests: made } = requests.batch([requests.narrow(CODE, state.get(STATE.mode) & MODE_KEY)]);
  expect(codePages(made[0]!, new Map()).expected(CODE + 0x20)).toBe(expected);
});

test('with a low threshold all code that has been executed is expected', () => {
  expect(expectedHeat(THRESHOLD)).toBe(80);
  expect(expectedHeat(20)).toBe(1);
  expect(expectedHeat(0)).toBe(1);
});

test('what follows an instruction that only the complete interpreter has does not count as jumped to', async () => {
  const TIMES = 50;
  // At 2: fld1; fstp st(0); fld1; fstp st(0); dec ecx; jnz 2
  const body = [0xd9, 0xe8, 0xdd, 0xd8, 0xd9, 0xe8, 0xdd, 0xd8, 0x49, 0x75, 0xf5];
  const processor = await begin({ code: [0xdb, 0xe3, ...body, HLT], count: TIMES }, { threshold: THRESHOLD });
  expect(processor.run(10_000)).toBe('halt');
  const heatAt = (offset: number) => heatOf(processor.state, processor.mmu.fetch(CODE + offset));
  expect([2, 4, 6, 8, 10].map(heatAt)).toEqual([TIMES - 1, 0, 0, 0, 0]);
});
