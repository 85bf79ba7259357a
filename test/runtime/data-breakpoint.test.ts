/** A data breakpoint traps behind the instruction that made the access, in whatever engine the program started. */
import { expect, test } from 'vitest';
import type { Processor } from '../../runtime/processor.ts';
import { VECTOR } from '../../runtime/state.ts';
import { STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';

const WATCHED = 0x2000;
/** mov eax, [2000h]; mov [2000h], eax; nop; nop */
const PROGRAM = [0xa1, 0, 0x20, 0, 0, 0xa3, 0, 0x20, 0, 0, 0x90, 0x90];
/** L0, LEN0 = 4 bytes; R/W0 = write, or read and write. */
const DR7 = { write: 0xd_0001, access: 0xf_0001 };

/** EIP and the breakpoint bits of DR6 at the first #DB of the program. */
const trapped = async (jit: boolean, dr7: number): Promise<[number, number]> => {
  let at: [number, number] = [0, 0];
  const interceptFault = (vector: number): boolean => {
    expect(vector).toBe(VECTOR.DB);
    at = [processor.state.get(STATE.eip), processor.state.get(STATE.dr + 6 * 4) & 0xf];
    return true;
  };
  const processor: Processor = await flatProcessor(jit, PROGRAM, {}, { interceptFault });
  processor.state.set(STATE.dr, WATCHED);
  processor.state.set(STATE.dr + 7 * 4, dr7);
  processor.updateMode();
  processor.run(4);
  return at;
};

test.each([false, true])('on a write (translator: %s)', async (jit) => {
  expect(await trapped(jit, DR7.write)).toEqual([CODE + 10, 1]);
});

test.each([false, true])('on any access (translator: %s)', async (jit) => {
  expect(await trapped(jit, DR7.access)).toEqual([CODE + 5, 1]);
});
