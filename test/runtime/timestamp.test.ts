/** RDTSC in a region counts as the interpreter does, where time counts instructions. */
import { expect, test } from 'vitest';
import type { Processor } from '../../runtime/processor.ts';
import { CR4 } from '../../translator/control-bits.ts';
import { STATE } from '../../translator/layout.ts';
import { flatProcessor } from './flat-processor.ts';

const [NOP, HLT] = [0x90, 0xf4];
const RDTSC = [0x0f, 0x31];
const MOV_EBX_EAX = [0x89, 0xc3];
const HIGH = 5;

const run = async (jit: boolean, cr4 = 0): Promise<Processor> => {
  let processor: Processor | undefined;
  const timestamp = () => HIGH * 2 ** 32 + processor!.instructions;
  const program = [NOP, NOP, ...RDTSC, ...MOV_EBX_EAX, NOP, ...RDTSC, HLT];
  processor = await flatProcessor(jit, program, { timestamp });
  processor.state.set(STATE.cr4, cr4);
  expect(processor.run(100)).toBe('halt');
  return processor;
};

test.each([false, true])('both halves, exact in the middle of a block (translator: %s)', async (jit) => {
  const { state, transfers } = await run(jit);
  expect([state.gpr(3), state.gpr(0), state.gpr(2)]).toEqual([2, 5, HIGH]);
  expect(transfers > 0).toBe(jit);
});

test('with CR4.TSD it is still there at level 0', async () => {
  const { state } = await run(true, CR4.TSD);
  expect([state.gpr(3), state.gpr(0), state.gpr(2)]).toEqual([2, 5, HIGH]);
});
