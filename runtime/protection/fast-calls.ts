/** SYSENTER and SYSEXIT: flat segments without descriptors. SDM vol. 3, 5.8.7. */
import { CS, EFLAGS, SS, STATE } from '../../translator/layout.ts';
import type { Cpu, HostInstruction } from '../cpu.ts';
import { generalProtection } from '../state.ts';
import { FLAT_CODE, FLAT_DATA, isNull } from './descriptors.ts';
import { isProtected, requireSupervisor } from './modes.ts';

const ECX = 1;
const EDX = 2;
const ESP = 4;
const UNLIMITED = -1;
/** DPL 3 in an access word. */
const DPL_3 = 3 << 5;

/** Selectors that SYSENTER_CS implies, relative to it. */
const ENTRY_SS = 8;
const EXIT_CS = 16;
const EXIT_SS = 24;

const codeSelector = (cpu: Cpu): number => {
  const selector = cpu.state.get(STATE.sysenterCs) & 0xffff;
  if (!isProtected(cpu.state) || isNull(selector)) generalProtection();
  return selector & 0xfffc;
};

const sysenter: HostInstruction = (cpu) => {
  const { state } = cpu;
  const selector = codeSelector(cpu);
  state.set(STATE.eflags, state.get(STATE.eflags) & ~(EFLAGS.VM | EFLAGS.IF | EFLAGS.RF));
  state.setSegment(CS, selector, 0, UNLIMITED, FLAT_CODE);
  state.setSegment(SS, selector + ENTRY_SS, 0, UNLIMITED, FLAT_DATA);
  state.setGpr(ESP, state.get(STATE.sysenterEsp));
  state.set(STATE.eip, state.get(STATE.sysenterEip));
  cpu.setCpl(0);
  cpu.updateMode();
};

const sysexit: HostInstruction = (cpu) => {
  const { state } = cpu;
  const selector = codeSelector(cpu);
  requireSupervisor(cpu);
  state.setSegment(CS, (selector + EXIT_CS) | 3, 0, UNLIMITED, FLAT_CODE | DPL_3);
  state.setSegment(SS, (selector + EXIT_SS) | 3, 0, UNLIMITED, FLAT_DATA | DPL_3);
  state.setGpr(ESP, state.gpr(ECX));
  state.set(STATE.eip, state.gpr(EDX));
  cpu.setCpl(3);
  cpu.updateMode();
};

export const FAST_CALLS: Record<string, HostInstruction> = { sysenter, sysexit };
