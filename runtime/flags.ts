/**
 * Arithmetic flags in TypeScript. State does not hold CF, OF, ZF, SF, AF and PF but four words they follow from,
 * so that generated code stores operands and results and computes a flag only where somebody reads it:
 *   CF = carryA <u carryB             OF = signed overflow of carryA - carryB
 *   ZF = result == 0                  SF = bit 31 of (result ^ parity)
 *   AF = bit 4 of (result ^ parity)   PF = even parity of the low byte of (result ^ (parity >>> 8))
 */
import { CARRY_PAIRS } from '../translator/flags.ts';
import { EFLAGS, STATE } from '../translator/layout.ts';
import type { CpuState } from './state.ts';

/** Bits of the parity word that turn over SF, AF and PF. */
const FLIP_SF = 1 << 31;
const FLIP_AF = 1 << 4;
const FLIP_PF = 1 << 8;

/** 1 when the low byte of `value` has an even number of ones. */
const evenParity = (value: number): number => {
  const nibble = (value ^ (value >>> 4)) & 15;
  // Bit n of the constant: parity of the four bits of n is even.
  return (0x9669 >>> nibble) & 1;
};

/** CF, PF, AF, ZF, SF and OF as bits of EFLAGS; all other bits 0. */
export const readArithmeticFlags = (state: CpuState): number => {
  const a = state.get(STATE.flagCarryA);
  const b = state.get(STATE.flagCarryB);
  const result = state.get(STATE.flagResult);
  const parity = state.get(STATE.flagParity);
  let flags = 0;
  if (a >>> 0 < b >>> 0) flags |= EFLAGS.CF;
  if (((a ^ b) & (a ^ (a - b))) < 0) flags |= EFLAGS.OF;
  if (result === 0) flags |= EFLAGS.ZF;
  if ((result ^ parity) < 0) flags |= EFLAGS.SF;
  if ((result ^ parity) & FLIP_AF) flags |= EFLAGS.AF;
  if (evenParity(result ^ (parity >>> 8))) flags |= EFLAGS.PF;
  return flags;
};

/** Sets the six arithmetic flags from the bits of `eflags`; other bits of it do not matter. */
export const writeArithmeticFlags = (state: CpuState, eflags: number): void => {
  const zero = (eflags & EFLAGS.ZF) !== 0;
  const even = (eflags & EFLAGS.PF) !== 0;
  const [a, b] = CARRY_PAIRS[(eflags & EFLAGS.CF ? 1 : 0) + (eflags & EFLAGS.OF ? 2 : 0)]!;
  state.set(STATE.flagCarryA, a);
  state.set(STATE.flagCarryB, b);
  state.set(STATE.flagResult, zero ? 0 : 1);
  // Result 0 alone has SF 0, AF 0 and PF 1; result 1 has PF 0.
  state.set(
    STATE.flagParity,
    (eflags & EFLAGS.SF ? FLIP_SF : 0) | (eflags & EFLAGS.AF ? FLIP_AF : 0) | (zero !== even ? FLIP_PF : 0),
  );
};

/** Flags of the subtraction a - b of `size`-bit operands: CMP, and each step of CMPS and SCAS. */
export const setSubFlags = (state: CpuState, size: 8 | 16 | 32, a: number, b: number): void => {
  const unused = 32 - size;
  state.set(STATE.flagCarryA, a << unused);
  state.set(STATE.flagCarryB, b << unused);
  state.set(STATE.flagResult, ((a - b) << unused) >> unused);
  state.set(STATE.flagParity, (a ^ b) & FLIP_AF);
};
