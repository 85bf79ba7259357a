/** MMX registers, which are the significands of the x87 registers. SDM vol. 3, 12.2. */
import { STATE } from '../layout.ts';
import type { Code, Val } from '../wasm/code.ts';
import { vector } from '../wasm/vector.ts';
import { STATUS } from '../x87/words.ts';

/** Sign and exponent that writing an MMX register leaves. */
const ONES = 0xffff;

/** Writes the low 64 bits of a vector to the MMX register at a host address. */
export const storeMmx = (c: Code, at: Val, value: Val): void => {
  vector(c).store(at, value, 64);
  c.store(at, ONES, 16, 8);
};

/** What every MMX instruction but EMMS does to the FPU: ST(0) is physical register 0, and none is empty. */
export const enterMmx = (c: Code): void => {
  c.store(STATE.fpuStatus, c.and(c.load(STATE.fpuStatus), ~STATUS.TOP));
  c.store(STATE.fpuTag, 0);
};
