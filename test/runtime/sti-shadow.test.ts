/** STI and loads of SS hold off interrupts for one instruction, also when the processor stops to look just after them. */
import { expect, test } from 'vitest';
import type { Processor } from '../../runtime/processor.ts';
import { STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';
import { installTables, SELECTOR, STACK } from './interrupt-table.ts';

const [NOP, STI] = [0x90, 0xfb];
const MOV_SS_AX = [0x8e, 0xd0];
const POP_SS = [0x17];

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
  installTables(processor);
  processor.state.setGpr(0, SELECTOR.data0);
  // What POP SS finds.
  processor.physical.write(STACK, Uint8Array.of(SELECTOR.data0));
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

test.each([
  [false, MOV_SS_AX],
  [true, MOV_SS_AX],
  [false, POP_SS],
  [true, POP_SS],
])('so is the one after a load of SS (translated: %s, %j)', async (jit, load) => {
  const program = [STI, NOP, ...load, NOP, NOP, NOP];
  expect(await interruptedAt(jit, program, 3)).toBe(CODE + 2 + load.length + 1);
});
