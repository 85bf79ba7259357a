/** Puts a CPU into the state in which a loaded kernel expects it. */
import type { Processor } from '../../runtime/processor.ts';
import { CS, DS, ES, FS, GS, SS, STATE } from '../../translator/layout.ts';
import type { StartState } from './boot/plan.ts';

/** In the order of their encoding. */
const REGISTERS = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'] as const;
const SEGMENTS = { es: ES, cs: CS, ss: SS, ds: DS, fs: FS, gs: GS } as const;

/** RESET, then what the loader asks for. */
export const startProcessor = (cpu: Processor, start: StartState): void => {
  cpu.powerOn();
  const { state } = cpu;
  REGISTERS.forEach((name, index) => {
    state.setGpr(index, start[name]);
  });
  for (const name of Object.keys(SEGMENTS) as (keyof typeof SEGMENTS)[]) {
    const { selector, base, limit, access } = start[name];
    state.setSegment(SEGMENTS[name], selector, base, limit, access);
  }
  state.set(STATE.gdtBase, start.gdt.base);
  state.set(STATE.gdtLimit, start.gdt.limit);
  state.set(STATE.cr0, start.cr0);
  state.set(STATE.eip, start.eip);
  cpu.mmu.modeChanged();
  cpu.setCpl(0);
  cpu.writeEflags(start.eflags);
};
