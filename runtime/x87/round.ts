/** Rounding of high-precision results into registers, and to integers. SDM vol. 1, 4.8.4 and 8.5. */
import { STATE } from '../../translator/layout.ts';
import {
  BIAS,
  EXCEPTION,
  EXPONENT,
  EXPONENT_MAX,
  RC,
  RC_SHIFT,
  ROUND_DOWN,
  ROUND_UP,
  STATUS,
  WRAP,
} from '../../translator/x87/words.ts';
import type { CpuState } from '../state.ts';
import { type Extended, raise } from './registers.ts';

/** (−1)^sign · magnitude · 2^exponent, with `magnitude` > 0 of any length. */
export interface Real {
  /** 0 or SIGN. */
  readonly sign: number;
  readonly magnitude: bigint;
  readonly exponent: number;
}

const INTEGER_BIT = 1n << 63n;

/** Number of bits of a positive value. */
export const bitLength = (value: bigint): number => {
  const hex = value.toString(16);
  return hex.length * 4 - (Math.clz32(Number.parseInt(hex[0]!, 16)) - 28);
};

/** A finite register as a real; denormal numbers included, zero not. */
export const realOf = ({ significand, signExponent }: Extended): Real => ({
  sign: signExponent & 0x8000,
  magnitude: significand,
  exponent: (signExponent & EXPONENT || 1) - BIAS - 63,
});

/** Drops the low `bits` of a magnitude as the control word says. */
const dropBits = (control: number, sign: number, magnitude: bigint, bits: number) => {
  const shift = BigInt(bits);
  const kept = magnitude >> shift;
  const dropped = magnitude - (kept << shift);
  const half = bits > 0 ? 1n << (shift - 1n) : 1n;
  const mode = (control & RC) >> RC_SHIFT;
  const up =
    mode === 0
      ? dropped > half || (dropped === half && (kept & 1n) === 1n)
      : dropped !== 0n && mode === (sign ? ROUND_DOWN : ROUND_UP);
  return { rounded: up ? kept + 1n : kept, inexact: dropped !== 0n, up };
};

/** Rounds a real to an integer: its magnitude, and PE and C1 as they follow. */
export const roundToInteger = (state: CpuState, { sign, magnitude, exponent }: Real) => {
  if (exponent >= 0) return { integer: magnitude << BigInt(exponent), flags: 0 };
  // Far below one half all values round alike.
  const bits = Math.min(-exponent, bitLength(magnitude) + 2);
  const { rounded, inexact, up } = dropBits(state.get(STATE.fpuControl), sign, magnitude, bits);
  return { integer: rounded, flags: (inexact ? EXCEPTION.PE : 0) | (up ? STATUS.C1 : 0) };
};

/**
 * Rounds to 64 bits, whatever precision control says, and raises what follows. The value is taken as inexact: the
 * true one lies a little above the magnitude.
 */
export const roundToExtended = (state: CpuState, real: Real): Extended => {
  const control = state.get(STATE.fpuControl);
  const { sign } = real;
  // A sticky bit below at least 66 others.
  const guard = Math.max(0, 66 - bitLength(real.magnitude)) + 1;
  const magnitude = (real.magnitude << BigInt(guard)) | 1n;
  const length = bitLength(magnitude);
  let exponent = real.exponent - guard + length - 1 + BIAS;
  let flags: number = EXCEPTION.PE;
  let drop = length - 64;
  let { rounded, up } = dropBits(control, sign, magnitude, drop);
  const tiny = exponent < 0 || (exponent === 0 && rounded >> 64n === 0n);
  if (tiny && !(control & EXCEPTION.UE) && exponent > -WRAP) {
    flags |= EXCEPTION.UE;
    exponent += WRAP;
  } else if (exponent <= 0) {
    drop = Math.min(drop + 1 - exponent, length + 2);
    ({ rounded, up } = dropBits(control, sign, magnitude, drop));
    if (tiny) flags |= EXCEPTION.UE;
    exponent = rounded >= INTEGER_BIT ? 1 : 0;
  }
  if (rounded >> 64n) {
    rounded = INTEGER_BIT;
    exponent++;
  }
  if (exponent > EXPONENT_MAX) {
    flags |= EXCEPTION.OE;
    if (!(control & EXCEPTION.OE) && exponent - WRAP <= EXPONENT_MAX) {
      exponent -= WRAP;
    } else {
      const mode = (control & RC) >> RC_SHIFT;
      up = mode === 0 || mode === (sign ? ROUND_DOWN : ROUND_UP);
      rounded = up ? INTEGER_BIT : (1n << 64n) - 1n;
      exponent = up ? EXPONENT : EXPONENT_MAX;
    }
  }
  raise(state, flags | (up ? STATUS.C1 : 0));
  return { significand: rounded, signExponent: sign | exponent };
};
