/** STI holds off interrupts for one instruction, also when the processor stops to look just after it. */
import { expect, test } from 'vitest';
import type { Processor } from '../../runtime/processor.ts';
import { STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';

const [NOP, STI] = [0x90, 0xfb];

/** Where the interrupt came in, when it was asserted after `executed` instructions of the program. */
const interruptedAt = async (jit: boolean, program: readonly number[], executed: number): Promise<number> => {
  let at = -1;
  const processor: Processor = await flatProcessor(jit, program, {
    acknowledgeInterrupt: () => {
      at = processor.state.get(STATE.eip);
      processor.setInterruptRequest(false);
      return -1;
    },
  });
  processor.run(executed);
  processor.setInterruptRequest(true);
  processor.run(3);
  return at;
};

test.each([false, true])('the instruction after STI is executed first (translated: %s)', async (jit) => {
  expect(await interruptedAt(jit, [NOP, STI, NOP, NOP, NOP, NOP], 2)).toBe(CODE + 3);
});

test.each([false, true])('an interrupt later than that is taken at once (translated: %s)', async (jit) => {
  expect(await interruptedAt(jit, [NOP, STI, NOP, NOP, NOP, NOP, NOP], 3)).toBe(CODE + 3);
});
