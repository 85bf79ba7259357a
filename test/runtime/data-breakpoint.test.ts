/** A data breakpoint traps behind the instruction that made the access, in whatever engine the program started. */
import { expect, test } from 'vitest';
import { loadCore } from '../../runtime/core-module.ts';
import { Processor } from '../../runtime/processor.ts';
import { FLAT_CODE, FLAT_DATA } from '../../runtime/protection/descriptors.ts';
import { VECTOR } from '../../runtime/state.ts';
import { translationFor } from '../../src/engine.ts';
import { CS, STATE } from '../../translator/layout.ts';

/** No devices: reads give all ones. */
const NO_DEVICES = {
  apicBase: 0,
  portRead: () => 0xff,
  portWrite: () => {},
  mmioRead: () => 0xff,
  mmioWrite: () => {},
  acknowledgeInterrupt: () => -1,
  timestamp: () => 0,
};

const CODE = 0x1000;
const WATCHED = 0x2000;
/** mov eax, [2000h]; mov [2000h], eax; nop; nop */
const PROGRAM = [0xa1, 0, 0x20, 0, 0, 0xa3, 0, 0x20, 0, 0, 0x90, 0x90];
/** L0, LEN0 = 4 bytes; R/W0 = write, or read and write. */
const DR7 = { write: 0xd_0001, access: 0xf_0001 };

/** EIP and DR6 at the first #DB of the program. */
const trapped = async (jit: boolean, dr7: number): Promise<[number, number]> => {
  let at: [number, number] = [0, 0];
  const processor: Processor = new Processor({
    core: await loadCore(),
    ramSize: 1 << 20,
    board: NO_DEVICES,
    translation: await translationFor({ jit, threshold: 0 }),
    interceptFault: (vector) => {
      expect(vector).toBe(VECTOR.DB);
      at = [processor.state.get(STATE.eip), processor.state.get(STATE.dr + 6 * 4) & 0xf];
      return true;
    },
  });
  const { state } = processor;
  for (let seg = 0; seg < 6; seg++) state.setSegment(seg, 8, 0, 0xffff_ffff, seg === CS ? FLAT_CODE : FLAT_DATA);
  state.set(STATE.cr0, 0x11);
  state.set(STATE.dr, WATCHED);
  state.set(STATE.dr + 7 * 4, dr7);
  processor.updateMode();
  state.ram.set(PROGRAM, CODE);
  state.set(STATE.eip, CODE);
  processor.run(4);
  return at;
};

test.each([false, true])('on a write (translator: %s)', async (jit) => {
  expect(await trapped(jit, DR7.write)).toEqual([CODE + 10, 1]);
});

test.each([false, true])('on any access (translator: %s)', async (jit) => {
  expect(await trapped(jit, DR7.access)).toEqual([CODE + 5, 1]);
});
