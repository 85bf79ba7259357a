/** MXCSR. SDM vol. 1, 10.2.3. */
import { STATE } from '../layout.ts';
import type { Code, Operand, Val } from '../wasm/code.ts';

/** Exception flags are in bits 0-5 and their masks in bits 7-12, in the order of the x87 FPU's. */
export const MXCSR = {
  flags: 0x3f,
  /** Denormal operands count as zeros. */
  DAZ: 1 << 6,
  masks: 0x3f << 7,
  /** Rounding control. */
  RC: 3 << 13,
  /** Tiny results become zeros, where underflow is masked. */
  FTZ: 1 << 15,
  /** Setting any other bit raises #GP(0); FXSAVE stores this as MXCSR_MASK. */
  writable: 0xffff,
  initial: 0x1f80,
} as const;
export const MASK_SHIFT = 7;
export const RC_SHIFT = 13;
/** The flag of inexact results. */
const PE = 1 << 5;

/** See VectorOperations.unusualControl. */
export const unusualControl = (c: Code): Val => {
  const others = c.and(c.load(STATE.mxcsr), ~(MXCSR.flags & ~PE));
  return c.sub(0, c.xor(others, MXCSR.masks | PE));
};

/** The exponents of usual results, one added, have some of these bits. */
export const USUAL = 0x7fe;
/** See VectorOperations.usualExponents. `unusual` is non-zero where more than MXCSR speaks against it. */
export const usualExponents = (c: Code, unusual: Operand): Val =>
  c.select(c.or(unusualControl(c), unusual), c.const(0), c.const(USUAL));
