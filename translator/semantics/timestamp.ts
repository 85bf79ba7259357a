/** RDTSC, by a function of the runtime that regions call in line. */
import { CR4 } from '../control-bits.ts';
import { STATE } from '../layout.ts';
import type { Semantics } from './ops.ts';

export const rdtsc: Semantics = (o) => {
  o.slowIf(o.c.and(o.c.load(STATE.cr4), CR4.TSD));
  const { low, high } = o.timestamp();
  o.setReg(0, low);
  o.setReg(2, high);
};
