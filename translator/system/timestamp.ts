/** RDTSC, where CR4 leaves it to every program. SDM vol. 2, RDTSC. */
import { CR4 } from '../control-bits.ts';
import { STATE } from '../layout.ts';
import type { Callee } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { defineSystem, SLOW } from './plain.ts';

const EAX = STATE.gpr;
const EDX = STATE.gpr + 2 * 4;
const LENGTH = 2;

/** Defines rdtsc(). The runtime gives the low word, and leaves the high one in STATE.scratch. */
export const defineTimestamp = (builder: ModuleBuilder): Callee => {
  const timestamp = builder.importFunction('timestamp', 'timestamp', [], 'i32');
  return defineSystem(builder, 'rdtsc', [], (c) => {
    c.break(SLOW, c.and(c.load(STATE.cr4), CR4.TSD));
    c.store(EAX, c.call(timestamp));
    c.store(EDX, c.load(STATE.scratch));
    c.store(STATE.eip, c.add(c.load(STATE.eip), LENGTH));
  });
};
