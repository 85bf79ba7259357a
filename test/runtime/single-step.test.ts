/** A program that sets TF itself traps behind the next instruction, whatever engine it runs in. */
import { expect, test } from 'vitest';
import type { Processor } from '../../runtime/processor.ts';
import { VECTOR } from '../../runtime/state.ts';
import { STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';

const NOPS = [0x90, 0x90, 0x90];
/** push 102h; popf */
const BY_POPF = [0x68, 0x02, 0x01, 0, 0, 0x9d];
/** push 102h; push 8; push 1020h; iret, with the NOPs at 1020h */
const BY_IRET = [0x68, 0x02, 0x01, 0, 0, 0x6a, 0x08, 0x68, 0x20, 0x10, 0, 0, 0xcf];
const IRET_TO = 0x20;

/** A GDT whose entry 1 is flat code of level 0. */
const GDT = 0x3000;
const FLAT_CODE_DESCRIPTOR = [0xff, 0xff, 0, 0, 0, 0x9b, 0xcf, 0];

/** EIP and BS of DR6 at the first #DB. */
const trapped = async (jit: boolean, program: readonly number[]): Promise<[number, number]> => {
  let at: [number, number] = [0, 0];
  const interceptFault = (vector: number): boolean => {
    expect(vector).toBe(VECTOR.DB);
    at = [processor.state.get(STATE.eip), processor.state.get(STATE.dr + 6 * 4) & 0x4000];
    return true;
  };
  const processor: Processor = await flatProcessor(jit, program, {}, { interceptFault });
  const { state } = processor;
  state.setGpr(4, 0x8000);
  state.ram.set(FLAT_CODE_DESCRIPTOR, GDT + 8);
  state.set(STATE.gdtBase, GDT);
  state.set(STATE.gdtLimit, 15);
  processor.run(6);
  return at;
};

test.each([false, true])('set by POPF (translator: %s)', async (jit) => {
  expect(await trapped(jit, [...BY_POPF, ...NOPS])).toEqual([CODE + BY_POPF.length + 1, 0x4000]);
});

test.each([false, true])('set by IRET (translator: %s)', async (jit) => {
  const gap = new Array(IRET_TO - BY_IRET.length).fill(0xf4);
  expect(await trapped(jit, [...BY_IRET, ...gap, ...NOPS])).toEqual([CODE + IRET_TO + 1, 0x4000]);
});
