/** Puts a CPU into the state in which a loaded kernel expects it. */
import type { Processor } from '../../runtime/processor.ts';
import { GPR_NAMES, SEGMENT_NAMES, STATE } from '../../translator/layout.ts';
import type { StartState } from './boot/plan.ts';

/** RESET, then what the loader asks for. */
export const startProcessor = (cpu: Processor, start: StartState): void => {
  cpu.powerOn();
  const { state } = cpu;
  GPR_NAMES.forEach((name, index) => {
    state.setGpr(index, start[name]);
  });
  SEGMENT_NAMES.forEach((name, index) => {
    // LDTR and TR are as RESET leaves them.
    if (name === 'ldtr' || name === 'tr') return;
    const { selector, base, limit, access } = start[name];
    state.setSegment(index, selector, base, limit, access);
  });
  state.set(STATE.gdtBase, start.gdt.base);
  state.set(STATE.gdtLimit, start.gdt.limit);
  state.set(STATE.cr0, start.cr0);
  state.set(STATE.eip, start.eip);
  cpu.mmu.modeChanged();
  cpu.setCpl(0);
  cpu.writeEflags(start.eflags);
};
