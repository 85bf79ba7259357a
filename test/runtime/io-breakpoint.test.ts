/** An I/O breakpoint traps behind the instruction that used the port, in whatever engine the program started. */
import { expect, test } from 'vitest';
import type { Processor } from '../../runtime/processor.ts';
import { VECTOR } from '../../runtime/state.ts';
import { STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';
import { installTables } from './interrupt-table.ts';

const PORT = 0x70;
const [ECX, EDX, EDI] = [1, 2, 7];
const CR4_DE = 8;
/** L0, R/W0 = ports, LEN0 = 2 bytes. */
const DR7 = 0x6_0001;
const NEVER = -1;

/** EIP at the first #DB of the program, NOPs behind it; DR6 must name the breakpoint. */
const trappedAt = async (jit: boolean, program: readonly number[], cr4 = CR4_DE): Promise<number> => {
  let at = NEVER;
  const interceptFault = (vector: number): boolean => {
    expect(vector).toBe(VECTOR.DB);
    expect(processor.state.get(STATE.dr + 6 * 4) & 0xf).toBe(1);
    at = processor.state.get(STATE.eip);
    return true;
  };
  const nops = [0x90, 0x90, 0x90, 0x90];
  const processor: Processor = await flatProcessor(jit, [...nops, ...program, ...nops], {}, { interceptFault });
  installTables(processor);
  const { state } = processor;
  state.setGpr(EDX, PORT);
  state.setGpr(EDI, 0x2000);
  state.setGpr(ECX, 3);
  state.set(STATE.cr4, cr4);
  state.set(STATE.dr, PORT);
  state.set(STATE.dr + 7 * 4, DR7);
  processor.updateMode();
  processor.run(nops.length + 3);
  return at === NEVER ? NEVER : at - CODE - nops.length;
};

const PROGRAMS = [
  { name: 'in al, 71h, the second of two ports', code: [0xe4, PORT + 1], at: 2 },
  { name: 'out dx, eax', code: [0xef], at: 1 },
  { name: 'in ax, 6fh, whose second byte is watched', code: [0x66, 0xe5, PORT - 1], at: 3 },
  { name: 'in al, 72h, which is not', code: [0xe4, PORT + 2], at: NEVER },
  { name: 'rep insb, after an iteration', code: [0xf3, 0x6c], at: 0 },
  { name: 'outsb', code: [0x6e], at: 1 },
  // mov [edi], al, with EDI where the port's number is.
  { name: 'a store to the same address', code: [0xbf, PORT, 0, 0, 0, 0x88, 0x07], at: NEVER },
];

test.each(PROGRAMS)('$name', async ({ code, at }) => {
  for (const jit of [false, true]) expect(await trappedAt(jit, code)).toBe(at);
});

test('no port is watched without CR4.DE', async () => {
  expect(await trappedAt(false, [0xe4, PORT], 0)).toBe(NEVER);
});
