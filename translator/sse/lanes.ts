/** One lane as the exact functions see it: the bits of a float as an i64, and what they mean. SDM vol. 1, 4.8. */
import { STATE } from '../layout.ts';
import type { Code, Operand, Val } from '../wasm/code.ts';
import type { Format } from '../x87/float.ts';
import { wide } from '../x87/wide.ts';
import { EXCEPTION } from '../x87/words.ts';
import { MXCSR } from './words.ts';

/** Parameters and result of the exact functions: the lanes of operands 0 and 1, an immediate → a lane. */
export const KERNEL_PARAMS = ['i64', 'i64', 'i32'] as const;

/** Notes exceptions of the instruction at hand. */
export const note = (c: Code, flags: Operand): void => c.store(STATE.simdFlags, c.or(c.load(STATE.simdFlags), flags));

const ones = (bits: number): bigint => (1n << BigInt(bits)) - 1n;
const signBit = (format: Format): bigint => 1n << BigInt(format.bits - 1);
const quietBit = (format: Format): bigint => 1n << BigInt(format.fraction - 1);
export const infinity = (format: Format): bigint => BigInt(format.special) << BigInt(format.fraction);

export interface Lane {
  readonly bits: Val;
  /** Without sign. */
  readonly magnitude: Val;
  readonly nan: Val;
  readonly signaling: Val;
  readonly denormal: Val;
  readonly zero: Val;
  readonly infinite: Val;
  /** Non-zero when negative. */
  readonly negative: Val;
}

/** Looks at a lane; with DAZ a denormal number is a zero of its sign. */
export const lane = (c: Code, format: Format, given: Val): Lane => {
  const w = wide(c);
  const sign = w.and(given, w.const(signBit(format)));
  const fraction = ones(format.fraction);
  const givenMagnitude = w.and(given, w.const(ones(format.bits - 1)));
  const small = c.keep(c.and(w.leU(givenMagnitude, w.const(fraction)), w.isNonzero(givenMagnitude)));
  const daz = c.keep(c.ne(c.and(c.load(STATE.mxcsr), MXCSR.DAZ), 0));
  const bits = w.select(c.and(small, daz), sign, given);
  const magnitude = w.and(bits, w.const(ones(format.bits - 1)));
  const nan = w.gtU(magnitude, w.const(infinity(format)));
  return {
    bits,
    magnitude,
    nan,
    signaling: c.keep(c.and(nan, w.isZero(w.and(bits, w.const(quietBit(format)))))),
    denormal: c.keep(c.and(small, c.eqz(daz))),
    zero: w.isZero(magnitude),
    infinite: w.eq(magnitude, w.const(infinity(format))),
    negative: w.isNonzero(sign),
  };
};

/** Returns the result of an operation one of whose operands is a NaN: the first that is one, quiet. SDM vol. 1, table 4-7. */
export const returnNan = (c: Code, format: Format, a: Lane, b: Lane): void => {
  const w = wide(c);
  c.if(c.or(a.nan, b.nan), () => {
    c.if(c.or(a.signaling, b.signaling), () => note(c, EXCEPTION.IE));
    c.return(w.or(w.select(a.nan, a.bits, b.bits), w.const(quietBit(format))));
  });
};

/** Returns the default NaN of an invalid operation. */
export const returnInvalid = (c: Code, format: Format): void => {
  note(c, EXCEPTION.IE);
  c.return(c.const64(format.indefinite));
};
