/** A data breakpoint traps behind the instruction that made the access, in whatever engine the program started. */
import { expect, test } from 'vitest';
import type { Processor } from '../../runtime/processor.ts';
import { VECTOR } from '../../runtime/state.ts';
import { STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';
import { handlerOf, installTables } from './interrupt-table.ts';

const WATCHED = 0x2000;
const [ECX, EDI] = [1, 7];
/** mov eax, [2000h]; mov [2000h], eax; nop; nop */
const PROGRAM = [0xa1, 0, 0x20, 0, 0, 0xa3, 0, 0x20, 0, 0, 0x90, 0x90];
/** L0, LEN0 = 4 bytes; R/W0 = write, or read and write. */
const DR7 = { write: 0xd_0001, access: 0xf_0001 };

/** EIP and the breakpoint bits of DR6 at the first #DB of the program. */
const trapped = async (jit: boolean, dr7: number, program = PROGRAM): Promise<[number, number]> => {
  let at: [number, number] = [0, 0];
  const interceptFault = (vector: number): boolean => {
    expect(vector).toBe(VECTOR.DB);
    at = [processor.state.get(STATE.eip), processor.state.get(STATE.dr + 6 * 4) & 0xf];
    return true;
  };
  const processor: Processor = await flatProcessor(jit, program, {}, { interceptFault });
  installTables(processor);
  processor.state.setGpr(EDI, WATCHED - 2);
  processor.state.setGpr(ECX, 5);
  processor.state.set(STATE.dr, WATCHED);
  processor.state.set(STATE.dr + 7 * 4, dr7);
  processor.updateMode();
  processor.run(8);
  return at;
};

test.each([false, true])('on a write (translator: %s)', async (jit) => {
  expect(await trapped(jit, DR7.write)).toEqual([CODE + 10, 1]);
});

test.each([false, true])('on any access (translator: %s)', async (jit) => {
  expect(await trapped(jit, DR7.access)).toEqual([CODE + 5, 1]);
});

/** Instructions that the runtime executes; where the trap finds EIP. */
const OTHERS = [
  { name: 'REP STOSB, after the iteration that writes there', code: [0xf3, 0xaa, 0x90], eip: CODE },
  { name: 'POP to memory', code: [0x6a, 5, 0x8f, 0x05, 0, 0x20, 0, 0, 0x90], eip: CODE + 8 },
  // mov esp, 2004h; call far 8:1020h
  { name: 'a far call', code: [0xbc, 4, 0x20, 0, 0, 0x9a, 0x20, 0x10, 0, 0, 8, 0, 0x90], eip: CODE + 0x20 },
  // mov esp, 2004h; int 30h
  { name: 'an interrupt', code: [0xbc, 4, 0x20, 0, 0, 0xcd, 0x30], eip: handlerOf(0x30) },
  { name: 'PUSH from memory', code: [0xff, 0x35, 0, 0x20, 0, 0, 0x90], eip: CODE + 6, dr7: DR7.access },
];

test.each(OTHERS)('$name', async ({ code, eip, dr7 = DR7.write }) => {
  for (const jit of [false, true]) expect(await trapped(jit, dr7, code)).toEqual([eip, 1]);
});
