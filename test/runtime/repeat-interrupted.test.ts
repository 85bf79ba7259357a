/** An interrupt in the middle of a repeated string instruction finds it half done, and IRET goes on with the rest. */
import { expect, test } from 'vitest';
import { EFLAGS, STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';
import { installTables, STACK } from './interrupt-table.ts';

const IRQ = 0x40;
const [EAX, ECX, ESP, EDI] = [0, 1, 4, 7];
const TARGET = 0x2_0000;
const COUNT = 0x2000;
/** rep stosb; hlt */
const PROGRAM = [0xf3, 0xaa, 0xf4];
const FILLER = 0x5a;

test.each([false, true])('rep stosb (translator: %s)', async (jit) => {
  const processor = await flatProcessor(jit, PROGRAM, {
    acknowledgeInterrupt: () => {
      processor.setInterruptRequest(false);
      return IRQ;
    },
  });
  const { state } = processor;
  installTables(processor);
  for (const [register, value] of [
    [EAX, FILLER],
    [ECX, COUNT],
    [EDI, TARGET],
  ] as const) {
    state.setGpr(register, value);
  }
  processor.writeEflags(EFLAGS.IF);
  processor.run(1);
  processor.setInterruptRequest(true);
  expect(processor.run(1)).toBe('fuel');

  // IRET is done: EIP is that of the instruction again, as it was in the frame.
  expect(processor.delivered[IRQ]).toBe(1);
  const frame = new DataView(state.ram.buffer, state.ram.byteOffset + STACK - 12);
  expect(frame.getUint32(0, true)).toBe(CODE);
  expect([state.get(STATE.eip), state.gpr(ESP)]).toEqual([CODE, STACK]);
  const left = state.gpr(ECX);
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(COUNT);
  expect(state.gpr(EDI)).toBe(TARGET + COUNT - left);
  expect(state.ram.subarray(TARGET, TARGET + COUNT).filter((byte) => byte === FILLER).length).toBe(COUNT - left);

  expect(processor.run(10)).toBe('halt');
  expect([state.gpr(ECX), state.gpr(EDI)]).toEqual([0, TARGET + COUNT]);
  expect(state.ram.subarray(TARGET - 1, TARGET + COUNT + 1).filter((byte) => byte === FILLER).length).toBe(COUNT);
});
