/** Debug exceptions wait behind a load of SS for the next instruction; behind STI they do not. */
import { expect, test } from 'vitest';
import type { Processor } from '../../runtime/processor.ts';
import { STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';
import { installTables, SELECTOR } from './interrupt-table.ts';

const NOP = 0x90;
const MOV_SS_AX = [0x8e, 0xd0];
const STI = [0xfb];
/** push 102h; popf: TF is set. */
const SET_TF = [0x68, 2, 1, 0, 0, 0x9d];

/** Where the first #DB finds EIP. `breakpoint`: address of an execute breakpoint, or 0. */
const trappedAt = async (program: readonly number[], breakpoint: number): Promise<number> => {
  let at = 0;
  const interceptFault = (): boolean => {
    at ||= processor.state.get(STATE.eip);
    return true;
  };
  const processor: Processor = await flatProcessor(false, program, {}, { interceptFault });
  installTables(processor);
  processor.state.setGpr(0, SELECTOR.data0);
  processor.state.set(STATE.dr, breakpoint);
  processor.state.set(STATE.dr + 7 * 4, breakpoint ? 1 : 0);
  processor.updateMode();
  for (let n = 0; n < 6 && !at; n++) processor.run(1);
  return at;
};

test('single step behind MOV SS', async () => {
  expect(await trappedAt([...SET_TF, ...MOV_SS_AX, NOP, NOP], 0)).toBe(CODE + 9);
});
test('single step behind STI', async () => {
  expect(await trappedAt([...SET_TF, ...STI, NOP, NOP], 0)).toBe(CODE + 7);
});
test('an execute breakpoint behind MOV SS is passed over', async () => {
  expect(await trappedAt([...MOV_SS_AX, NOP, NOP], CODE + 2)).toBe(0);
});
test('an execute breakpoint behind STI is not', async () => {
  expect(await trappedAt([...STI, NOP, NOP], CODE + 1)).toBe(CODE + 1);
});
