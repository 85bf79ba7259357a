/** SYSENTER and SYSEXIT between flat segments: nothing is read from memory. SDM vol. 3, 5.8.7. */
import { FLAT_CODE, FLAT_DATA } from '../access.ts';
import { CS, EFLAGS, SS, STATE } from '../layout.ts';
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { DPL_3, defineSystem, ESP, requireFlat, SLOW, setFlatSegment, setPrivilege } from './plain.ts';

const ECX = STATE.gpr + 4;
const EDX = STATE.gpr + 8;

const codeSelector = (c: Code): Val => {
  const selector = c.copy(c.and(c.load(STATE.sysenterCs), 0xfffc));
  c.break(SLOW, c.eqz(selector));
  return selector;
};

export const defineFastCalls = (builder: ModuleBuilder): Record<string, Callee> => ({
  sysenter: defineSystem(builder, 'sysenter', [], (c) => {
    requireFlat(c);
    const selector = codeSelector(c);
    c.store(STATE.eflags, c.and(c.load(STATE.eflags), ~(EFLAGS.VM | EFLAGS.IF | EFLAGS.RF)));
    setFlatSegment(c, CS, selector, FLAT_CODE);
    setFlatSegment(c, SS, c.add(selector, 8), FLAT_DATA);
    c.store(ESP, c.load(STATE.sysenterEsp));
    c.store(STATE.eip, c.load(STATE.sysenterEip));
    setPrivilege(c, 0);
  }),
  sysexit: defineSystem(builder, 'sysexit', [], (c) => {
    requireFlat(c);
    // With AC set alignment may be checked from here on.
    c.break(SLOW, c.or(c.load(STATE.cpl), c.and(c.load(STATE.eflags), EFLAGS.AC)));
    const selector = codeSelector(c);
    setFlatSegment(c, CS, c.add(selector, 16 | 3), FLAT_CODE | DPL_3);
    setFlatSegment(c, SS, c.add(selector, 24 | 3), FLAT_DATA | DPL_3);
    c.store(ESP, c.load(ECX));
    c.store(STATE.eip, c.load(EDX));
    setPrivilege(c, 3);
  }),
});
