/** Regions that are left for their accesses time and again are translated once more, to ask for them. */
import { expect, test } from 'vitest';
import type { Processor } from '../../runtime/processor.ts';
import { GPR_NAMES, STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';

const [ECX, EBX] = [1, 3];
const COUNT = 3000;
/** Beside the code, in its page: what is stored there may be code, so the TLB does not lead to it. */
const BESIDE = CODE + 0x800;
/** add [ebx], ecx; dec ecx; jnz; hlt: in turn a read and a write. */
const LOOP = [0x01, 0x0b, 0x49, 0x75, 0xfb, 0xf4];

const run = async (patience: number | undefined): Promise<Processor> => {
  const engine = patience === undefined ? { jit: false } : { patience, samples: Number.POSITIVE_INFINITY };
  const processor = await flatProcessor(true, LOOP, {}, {}, engine);
  processor.state.set(STATE.gpr + ECX * 4, COUNT);
  processor.state.set(STATE.gpr + EBX * 4, BESIDE);
  expect(processor.run(1e6)).toBe('halt');
  return processor;
};
const outcome = ({ state, instructions, physical }: Processor) => ({
  instructions,
  registers: GPR_NAMES.map((_, n) => state.gpr(n)),
  eip: state.get(STATE.eip),
  sum: physical.read32(BESIDE),
});
const patientRegions = ({ translation }: Processor) => translation.stats().counters['patientRegions'];

test('a store beside code leaves its region until that is patient', async () => {
  const expected = outcome(await run(undefined));
  const [never, later, always] = await Promise.all([run(Number.POSITIVE_INFINITY), run(100), run(0)]);
  for (const processor of [never, later, always]) expect(outcome(processor)).toEqual(expected);
  expect([never, later, always].map(patientRegions)).toEqual([0, 1, 0]);
  expect(never.transfers).toBeGreaterThanOrEqual(COUNT);
  expect(later.transfers).toBeLessThan(150);
  expect(always.transfers).toBeLessThan(50);
});

test('regions that are left now and then stay as they are', async () => {
  // mov edx, 20000000; dec edx; jnz; add [ebx], ecx; dec ecx; jnz; hlt
  const seldom = [0xba, 0x00, 0x2d, 0x31, 0x01, 0x4a, 0x75, 0xfd, 0x01, 0x0b, 0x49, 0x75, 0xf3, 0xf4];
  const processor = await flatProcessor(true, seldom, {}, {}, { patience: 8, samples: Number.POSITIVE_INFINITY });
  processor.state.set(STATE.gpr + ECX * 4, 24);
  processor.state.set(STATE.gpr + EBX * 4, BESIDE);
  while (processor.run(1e7) !== 'halt') expect(processor.instructions).toBeLessThan(2e9);
  expect(processor.physical.read32(BESIDE)).toBe((24 * 25) / 2);
  expect(patientRegions(processor)).toBe(0);
});

test('a processor that has been reset is as patient as before', async () => {
  const processor = await run(100);
  const patience = processor.state.get(STATE.patience);
  processor.powerOn();
  expect([patience, processor.state.get(STATE.patience)]).toEqual([100, 100]);
});
