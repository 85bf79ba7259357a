/** NMIs wait for the end of the handler of the one before. */
import { expect, test } from 'vitest';
import { VECTOR } from '../../runtime/state.ts';
import { STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';
import { handlerOf, installTables } from './interrupt-table.ts';

const [NOP, IRET, HLT] = [0x90, 0xcf, 0xf4];
const HANDLER = handlerOf(VECTOR.NMI);

test.each([false, true])('a second NMI is delivered behind IRET, a third is lost (translator: %s)', async (jit) => {
  const processor = await flatProcessor(jit, [NOP, NOP, NOP, NOP]);
  installTables(processor);
  processor.physical.write(HANDLER, Uint8Array.of(NOP, NOP, IRET));
  const eip = () => processor.state.get(STATE.eip);
  const step = () => {
    processor.run(1);
    return eip();
  };
  processor.raiseNonMaskable();
  expect(step()).toBe(HANDLER + 1);
  processor.raiseNonMaskable();
  processor.raiseNonMaskable();
  // The second comes in as soon as IRET has been executed.
  expect([step(), step()]).toEqual([HANDLER + 2, HANDLER]);
  expect([step(), step(), step()]).toEqual([HANDLER + 1, HANDLER + 2, CODE]);
  expect(step()).toBe(CODE + 1);
  expect(processor.delivered[VECTOR.NMI]).toBe(2);
});

test.each([false, true])('one ends HLT, interrupts enabled or not (translator: %s)', async (jit) => {
  const processor = await flatProcessor(jit, [HLT, NOP]);
  installTables(processor);
  expect(processor.run(5)).toBe('halt');
  processor.raiseNonMaskable();
  processor.run(1);
  expect(processor.state.get(STATE.eip)).toBe(CODE + 1);
  processor.run(1);
  expect(processor.state.get(STATE.eip)).toBe(CODE + 2);
});
