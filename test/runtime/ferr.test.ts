/** With CR0.NE clear a pending x87 exception is no #MF: the next waiting instruction raises FERR# and waits. */
import { expect, test } from 'vitest';
import { PortBus } from '../../src/machine/bus.ts';
import { CoprocessorError } from '../../src/machine/coprocessor-error.ts';
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
      floatingPointError: (asserted) => {
        if (asserted) errors++;
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

/** out F0h, al; fld1; fstp dword [SCRATCH]. */
const SCRATCH = 0x3000;
const CLEAR_LATCH = [0xe6, 0xf0];
const LOAD_AND_STORE = [0xd9, 0xe8, 0xd9, 0x1d, 0x00, 0x30, 0x00, 0x00];
const ONE = 0x3f80_0000;

test.each([false, true])(
  'port F0h asserts IGNNE#: the handler computes beside the exception, until it is cleared (translator: %s)',
  async (jit) => {
    const ports = new PortBus();
    const processor = await flatProcessor(jit, [...PROGRAM, ...PROGRAM], {
      portWrite: (port, size, value) => ports.write(port, size, value),
      floatingPointError: (asserted) => latch.setError(asserted),
      acknowledgeInterrupt: () => IRQ13,
    });
    const latch = new CoprocessorError((level) => processor.setInterruptRequest(level), processor);
    latch.connect(ports);
    const { state } = processor;
    installTables(processor);
    processor.physical.write(handlerOf(IRQ13), Uint8Array.of(...CLEAR_LATCH, ...LOAD_AND_STORE, ...FNCLEX, IRET));
    processor.writeEflags(EFLAGS.IF);
    const handler = 5;
    const program = 8;
    processor.run(program + handler);
    expect([processor.delivered[IRQ13], processor.delivered[16]]).toEqual([1, 0]);
    expect(new DataView(state.ram.buffer, state.ram.byteOffset).getUint32(SCRATCH, true)).toBe(ONE);
    // The next exception is met as the first was.
    processor.run(program + handler);
    expect([processor.delivered[IRQ13], processor.delivered[16]]).toEqual([2, 0]);
  },
);
