/** What is left to tell of a guest that has shut down. */

import type { Processor } from '../../runtime/processor.ts';
import { decode } from '../../translator/isa/decoder.ts';
import { GPR_NAMES, MODE, SEGMENT_NAMES, STATE } from '../../translator/layout.ts';
import type { CrashReport } from './api.ts';

const CONTROL = { eip: STATE.eip, cr0: STATE.cr0, cr2: STATE.cr2, cr3: STATE.cr3, cr4: STATE.cr4 } as const;

export const crashReport = (cpu: Processor): CrashReport => {
  const { state } = cpu;
  const registers: Record<string, number> = {};
  GPR_NAMES.forEach((name, index) => {
    registers[name] = state.gpr(index) >>> 0;
  });
  for (const [name, offset] of Object.entries(CONTROL)) registers[name] = state.get(offset) >>> 0;
  registers['eflags'] = cpu.readEflags() >>> 0;
  SEGMENT_NAMES.forEach((name, index) => {
    registers[name] = state.selector(index);
  });
  return { cause: 'triple fault', registers, lastInstructions: cpu.recentFaults().map((linear) => text(cpu, linear)) };
};

/** The instruction at a linear address, as far as its bytes can still be read. */
const text = (cpu: Processor, linear: number) => {
  const address = linear >>> 0;
  try {
    const size = cpu.state.get(STATE.mode) & MODE.code32 ? 32 : 16;
    const found = decode((index) => cpu.mmu.linear.system.read8((linear + index) | 0), size);
    return { address, text: typeof found === 'string' ? `(${found})` : found.line.mnemonic };
  } catch {
    return { address, text: '(not mapped)' };
  }
};
