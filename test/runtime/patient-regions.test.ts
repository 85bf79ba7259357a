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

test('a processor that has been reset is as patient as before', async () => {
  const processor = await run(100);
  const patience = processor.state.get(STATE.patience);
  processor.powerOn();
  expect([patience, processor.state.get(STATE.patience)]).toEqual([100, 100]);
});
