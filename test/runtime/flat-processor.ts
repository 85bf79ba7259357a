/** A processor in flat 32-bit protected mode at level 0 with a program to run, and no devices. */
import type { Board } from '../../runtime/board.ts';
import { loadCore } from '../../runtime/core-module.ts';
import { Processor, type ProcessorOptions } from '../../runtime/processor.ts';
import { FLAT_CODE, FLAT_DATA } from '../../runtime/protection/descriptors.ts';
import { translationFor } from '../../src/engine.ts';
import type { EngineOptions } from '../../src/machine/api.ts';
import { CS, STATE } from '../../translator/layout.ts';

/** Where the program lies and EIP points. */
export const CODE = 0x1000;

/** Reads give all ones. */
export const NO_DEVICES: Board = {
  apicBase: 0,
  portRead: () => 0xff,
  portWrite: () => {},
  mmioRead: () => 0xff,
  mmioWrite: () => {},
  acknowledgeInterrupt: () => -1,
  timestamp: () => 0,
};

/** Without other wishes everything is translated before it first runs if `jit` says so. */
export const flatProcessor = async (
  jit: boolean,
  program: readonly number[],
  board: Partial<Board> = {},
  options: Pick<ProcessorOptions, 'interceptFault'> = {},
  engine: EngineOptions = {},
): Promise<Processor> => {
  const processor = new Processor({
    core: await loadCore(),
    ramSize: 1 << 20,
    board: { ...NO_DEVICES, ...board },
    translation: await translationFor({ jit, threshold: 0, ...engine }),
    ...options,
  });
  const { state } = processor;
  for (let seg = 0; seg < 6; seg++) state.setSegment(seg, 8, 0, 0xffff_ffff, seg === CS ? FLAT_CODE : FLAT_DATA);
  state.set(STATE.cr0, 0x11);
  processor.updateMode();
  state.ram.set(program, CODE);
  state.set(STATE.eip, CODE);
  return processor;
};
