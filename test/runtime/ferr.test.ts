/** With CR0.NE clear a pending x87 exception is no #MF: the next waiting instruction raises FERR# and waits. */
import { expect, test } from 'vitest';
import { EFLAGS, STATE } from '../../translator/layout.ts';
import { CODE, flatProcessor } from './flat-processor.ts';
import { handlerOf, installTables } from './interrupt-table.ts';

const IRQ13 = 0x75;
const IRET = 0xcf;
const FNCLEX = [0xdb, 0xe2];
const FNINIT = [0xdb, 0xe3];
/** push 0; fldcw [esp] unmasks everything; fldz; fld1; fdiv st, st(1): 1 / 0; fwait; nop. */
const DIVIDE = [0xdb, 0xe3, 0x6a, 0, 0xd9, 0x2c, 0x24, 0xd9, 0xee, 0xd9, 0xe8, 0xd8, 0xf1];
const FWAIT_AT = CODE + DIVIDE.length;
const PROGRAM = [...DIVIDE, 0x9b, 0x90];

test.each([false, true])(
  'an interrupt handles it, and the instruction is executed then (translator: %s)',
  async (jit) => {
    let errors = 0;
    const processor = await flatProcessor(jit, PROGRAM, {
      floatingPointError: () => {
        errors++;
        processor.setInterruptRequest(true);
      },
      acknowledgeInterrupt: () => {
        processor.setInterruptRequest(false);
        return IRQ13;
      },
    });
    const { state } = processor;
    installTables(processor);
    processor.physical.write(handlerOf(IRQ13), Uint8Array.of(...FNCLEX, ...FNINIT, IRET));
    processor.writeEflags(EFLAGS.IF);
    processor.run(13);
    expect([errors, processor.delivered[IRQ13], processor.delivered[16]]).toEqual([1, 1, 0]);
    expect(state.get(STATE.eip)).toBeGreaterThan(FWAIT_AT);
  },
);

test('with interrupts off the processor stands still', async () => {
  const processor = await flatProcessor(false, PROGRAM);
  installTables(processor);
  expect(processor.run(20)).toBe('halt');
  expect(processor.state.get(STATE.eip)).toBe(FWAIT_AT);
});
