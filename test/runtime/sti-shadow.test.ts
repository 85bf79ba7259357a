/** STI holds off interrupts for one instruction, also when the processor stops to look just after it. */
import { expect, test } from 'vitest';
import { loadCore } from '../../runtime/core-module.ts';
import { Processor } from '../../runtime/processor.ts';
import { FLAT_CODE, FLAT_DATA } from '../../runtime/protection/descriptors.ts';
import { translationFor } from '../../src/engine.ts';
import { CS, STATE } from '../../translator/layout.ts';

/** No devices: reads give all ones. */
const NO_DEVICES = {
  apicBase: 0,
  portRead: () => 0xff,
  portWrite: () => {},
  mmioRead: () => 0xff,
  mmioWrite: () => {},
  timestamp: () => 0,
};

const CODE = 0x1000;
const [NOP, STI] = [0x90, 0xfb];

/** Where the interrupt came in, when it was asserted after `executed` instructions of the program. */
const interruptedAt = async (jit: boolean, program: readonly number[], executed: number): Promise<number> => {
  let at = -1;
  const processor: Processor = new Processor({
    core: await loadCore(),
    ramSize: 1 << 20,
    board: {
      ...NO_DEVICES,
      acknowledgeInterrupt: () => {
        at = processor.state.get(STATE.eip);
        processor.setInterruptRequest(false);
        return -1;
      },
    },
    translation: await translationFor({ jit, threshold: 0 }),
  });
  const { state } = processor;
  for (let seg = 0; seg < 6; seg++) state.setSegment(seg, 8, 0, 0xffff_ffff, seg === CS ? FLAT_CODE : FLAT_DATA);
  state.set(STATE.cr0, 0x11);
  processor.updateMode();
  state.ram.set(program, CODE);
  state.set(STATE.eip, CODE);
  processor.run(executed);
  processor.setInterruptRequest(true);
  processor.run(3);
  return at;
};

test.each([false, true])('the instruction after STI is executed first (translated: %s)', async (jit) => {
  expect(await interruptedAt(jit, [NOP, STI, NOP, NOP, NOP, NOP], 2)).toBe(CODE + 3);
});

test.each([false, true])('an interrupt later than that is taken at once (translated: %s)', async (jit) => {
  expect(await interruptedAt(jit, [NOP, STI, NOP, NOP, NOP, NOP, NOP], 3)).toBe(CODE + 3);
});
