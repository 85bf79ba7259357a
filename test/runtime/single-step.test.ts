/** A program that sets TF itself traps behind the next instruction, whatever engine it runs in. */
import { expect, test } from 'vitest';
import type { Processor } from '../../runtime/processor.ts';
import { VECTOR } from '../../runtime/state.ts';
import { STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';
import { installTables } from './interrupt-table.ts';

const NOPS = [0x90, 0x90, 0x90];
/** push 902h; popf: TF, and OF for INTO. */
const BY_POPF = [0x68, 0x02, 0x09, 0, 0, 0x9d];
/** push 102h; push 8; push 1020h; iret, with the NOPs at 1020h */
const BY_IRET = [0x68, 0x02, 0x01, 0, 0, 0x6a, 0x08, 0x68, 0x20, 0x10, 0, 0, 0xcf];
const IRET_TO = 0x20;

/** EIP and BS of DR6 at the first #DB. */
const trapped = async (jit: boolean, program: readonly number[]): Promise<[number, number]> => {
  let at: [number, number] = [0, 0];
  const interceptFault = (vector: number): boolean => {
    expect(vector).toBe(VECTOR.DB);
    at = [processor.state.get(STATE.eip), processor.state.get(STATE.dr + 6 * 4) & 0x4000];
    return true;
  };
  const processor: Processor = await flatProcessor(jit, program, {}, { interceptFault });
  installTables(processor);
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

/** INT 30h, INT1, INT3 and INTO, whose handlers are IRET, with the NOPs behind. */
test.each([[[0xcd, 0x30]], [[0xf1]], [[0xcc]], [[0xce]]])(
  'not in the handler that %j enters, but behind its return',
  async (code) => {
    expect(await trapped(false, [...BY_POPF, ...code, ...NOPS])).toEqual([
      CODE + BY_POPF.length + code.length + 1,
      0x4000,
    ]);
  },
);
