/**
 * Exact arithmetic on one lane, in every mode of MXCSR: the kernels of the x87 FPU give 64 bits of the result, chopped,
 * with what is lost noted in the last one; that is then rounded once. SDM vol. 1, 11.5.
 */
import { STATE } from '../layout.ts';
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { type Format, widened } from '../x87/float.ts';
import { roundTo } from '../x87/round.ts';
import type { Encoded } from '../x87/unpack.ts';
import { wide } from '../x87/wide.ts';
import { BIAS, EXCEPTION, EXCEPTIONS, EXPONENT, PC_EXTENDED, RC, RESULT, SIGN } from '../x87/words.ts';
import { infinity, KERNEL_PARAMS, type Lane, lane, note, returnInvalid, returnNan } from './lanes.ts';
import { returnQuick } from './quick.ts';
import { MASK_SHIFT, MXCSR, RC_SHIFT } from './words.ts';

/** Where the FPU's kernels write: 16 bytes behind RESULT. */
const REGISTER = RESULT + 16;
const CHOP = RC;
const RC_TO_X87 = RC_SHIFT - 10;

/** The exponent is beyond the format's. */
const BEYOND = EXCEPTION.OE | EXCEPTION.UE;

/** The x87 control word that asks for what MXCSR does: the same rounding, the same masks. */
const control = (c: Code): Val => {
  const mxcsr = c.keep(c.load(STATE.mxcsr));
  const masks = c.and(c.shrU(mxcsr, MASK_SHIFT), EXCEPTIONS);
  return c.keep(c.or(masks, c.and(c.shrU(mxcsr, RC_TO_X87), RC)));
};

/** sign (0 or SIGN), exponent and significand as the format has them. */
const pack = (c: Code, format: Format, sign: Val, exponent: Val, significand: Val): Val => {
  const w = wide(c);
  const fraction = w.shrU(w.shl(significand, 1), 64 - format.fraction);
  const high = w.or(w.shl(w.fromU32(sign), format.bits - 16), w.shl(w.fromU32(exponent), format.fraction));
  return w.or(high, fraction);
};

/**
 * (sign, exponent, significand) → bits. Rounds a normalized significand · 2^(exponent − BIAS − 63); sign is 0 or SIGN.
 * What an unmasked exception would leave undelivered is undefined.
 */
export const defineRound = (builder: ModuleBuilder, format: Format): Callee =>
  builder.define(`sse_round_${format.name}`, ['i32', 'i32', 'i64'], 'i64', (c, pSign, pExponent, pSignificand) => {
    const w = wide(c);
    const sign = c.get(pSign);
    const wanted = control(c);
    const flush = c.keep(c.and(c.ne(c.and(c.load(STATE.mxcsr), MXCSR.FTZ), 0), c.ne(c.and(wanted, EXCEPTION.UE), 0)));
    // Unmasked, underflow is reported for every tiny result, exact ones included: those that are flushed.
    const asked = c.keep(c.select(flush, c.and(wanted, ~EXCEPTION.UE), wanted));
    const unrounded = {
      sign,
      exponent: c.keep(c.sub(c.get(pExponent), BIAS - format.bias)),
      value: { high: c.get(pSignificand), low: w.const(0n) },
    };
    const rounded = roundTo(c, asked, unrounded, c.const(63 - format.fraction), format.special - 1, 0);
    const flags = c.keep(c.and(c.get(rounded.flags), EXCEPTIONS));
    c.if(c.and(flush, c.ne(c.and(flags, EXCEPTION.UE), 0)), () => {
      note(c, EXCEPTION.UE | EXCEPTION.PE);
      c.return(w.shl(w.fromU32(sign), format.bits - 16));
    });
    // An unmasked overflow or underflow is reported with the precision lost before the exponent went too far.
    const lost = w.isNonzero(w.and(c.get(pSignificand), w.const((1n << BigInt(63 - format.fraction)) - 1n)));
    const raised = c.and(flags, c.xor(c.and(wanted, BEYOND), BEYOND));
    const inexact = c.select(lost, c.const(EXCEPTION.PE), c.const(0));
    note(c, c.select(raised, c.or(c.and(flags, ~EXCEPTION.PE), inexact), flags));
    return pack(c, format, sign, c.get(rounded.exponent), c.get(rounded.significand));
  });

/** Functions that the kernels are made of. */
export interface Parts {
  readonly format: Format;
  readonly widen: Callee;
  readonly round: Callee;
}

/** A lane that is no NaN, widened. */
const widenLane = (c: Code, { widen }: Parts, { bits }: Lane): Encoded => {
  c.call(widen, bits);
  return widened(c);
};

/** Runs a kernel of the FPU under a control word with all exceptions masked; gives the register and the flags. */
const withFpu = (c: Code, rounding: Val | number, run: () => void): Encoded & { flags: Val } => {
  const saved = [STATE.fpuControl, STATE.fpuStatus].map((at) => ({ at, value: c.keep(c.load(at)) }));
  c.store(STATE.fpuControl, c.or(rounding, PC_EXTENDED | EXCEPTIONS));
  c.store(STATE.fpuStatus, 0);
  run();
  const flags = c.keep(c.and(c.load(STATE.fpuStatus), EXCEPTIONS));
  for (const { at, value } of saved) c.store(at, value);
  return {
    significand: c.keep(c.loadAs('i64', c.const(REGISTER))),
    signExponent: c.keep(c.load(REGISTER, 16, 8)),
    flags,
  };
};

/** Returns what the FPU has computed, rounded. */
const finish = (c: Code, { format, round }: Parts, result: Encoded & { flags: Val }): Val => {
  const w = wide(c);
  const sign = c.keep(c.and(result.signExponent, SIGN));
  const exponent = c.keep(c.and(result.signExponent, EXPONENT));
  const inexact = w.fromU32(c.ne(c.and(result.flags, EXCEPTION.PE), 0));
  c.if(c.eq(exponent, EXPONENT), () =>
    c.return(w.or(pack(c, format, sign, c.const(0), w.const(0n)), w.const(infinity(format)))),
  );
  c.if(c.eqz(exponent), () => c.return(pack(c, format, sign, c.const(0), w.const(0n))));
  return c.call(round, sign, exponent, w.or(result.significand, inexact));
};

export type BinaryName = 'add' | 'sub' | 'mul' | 'div';
/** (a, b) → bits: a kernel of two operands. */
export const defineBinary = (builder: ModuleBuilder, name: BinaryName, kernel: Callee, parts: Parts): Callee =>
  builder.define(`sse_${name}_${parts.format.name}`, KERNEL_PARAMS, 'i64', (c, pa, pb) => {
    const { format } = parts;
    returnQuick(c, format, name, [c.get(pa), c.get(pb)]);
    const a = lane(c, format, c.get(pa));
    const b = lane(c, format, c.get(pb));
    returnNan(c, format, a, b);
    const x = widenLane(c, parts, a);
    const y = widenLane(c, parts, b);
    const run = () => c.call(kernel, REGISTER, x.significand, x.signExponent, y.significand, y.signExponent);
    const result = withFpu(c, CHOP, run);
    c.if(c.and(result.flags, EXCEPTION.IE), () => returnInvalid(c, format));
    note(c, c.and(result.flags, EXCEPTION.ZE));
    c.if(c.eqz(c.and(result.flags, EXCEPTION.ZE)), () => noteDenormal(c, c.or(a.denormal, b.denormal)));
    // The sign of a sum that is exactly 0 depends on the rounding.
    c.if(c.eqz(c.and(result.signExponent, EXPONENT)), () => {
      const zero = withFpu(c, c.and(control(c), RC), run);
      c.return(pack(c, format, c.keep(c.and(zero.signExponent, SIGN)), c.const(0), c.const64(0n)));
    });
    return finish(c, parts, result);
  });

const noteDenormal = (c: Code, denormal: Val): void => note(c, c.select(denormal, c.const(EXCEPTION.DE), c.const(0)));

/** (_, b) → √b. */
export const defineSqrt = (builder: ModuleBuilder, kernel: Callee, parts: Parts): Callee =>
  builder.define(`sse_sqrt_${parts.format.name}`, KERNEL_PARAMS, 'i64', (c, _, pb) => {
    const { format } = parts;
    returnQuick(c, format, 'sqrt', [c.get(pb), c.get(pb)]);
    const b = lane(c, format, c.get(pb));
    returnNan(c, format, b, b);
    c.if(b.zero, () => c.return(b.bits));
    c.if(b.negative, () => returnInvalid(c, format));
    noteDenormal(c, b.denormal);
    const x = widenLane(c, parts, b);
    return finish(
      c,
      parts,
      withFpu(c, CHOP, () => c.call(kernel, REGISTER, x.significand, x.signExponent)),
    );
  });

/** (_, b) → b in another format: CVTSS2SD, CVTSD2SS. */
export const defineConvert = (builder: ModuleBuilder, from: Parts, to: Parts): Callee =>
  builder.define(`sse_${from.format.name}_to_${to.format.name}`, KERNEL_PARAMS, 'i64', (c, _, pb) => {
    const w = wide(c);
    const b = lane(c, from.format, c.get(pb));
    c.if(b.nan, () => {
      c.if(b.signaling, () => note(c, EXCEPTION.IE));
      const sign = c.keep(c.select(b.negative, c.const(SIGN), c.const(0)));
      const significand = w.shl(b.bits, 63 - from.format.fraction);
      const quiet = w.or(significand, w.const(1n << 62n));
      c.return(pack(c, to.format, sign, c.const(to.format.special), quiet));
    });
    noteDenormal(c, b.denormal);
    const x = widenLane(c, from, b);
    return finish(c, to, { ...x, flags: c.const(0) });
  });

/** (_, b) → a signed 32-bit integer as a float: CVTSI2SS, CVTDQ2PS. */
export const defineFromInteger = (builder: ModuleBuilder, { format, round }: Parts): Callee =>
  builder.define(`sse_integer_to_${format.name}`, KERNEL_PARAMS, 'i64', (c, _, pb) => {
    const w = wide(c);
    const value = w.fromS32(w.toI32(c.get(pb)));
    const negative = w.ltS(value, 0);
    const magnitude = w.select(negative, w.sub(0, value), value);
    c.if(w.isZero(magnitude), () => c.return(magnitude));
    const leading = w.clz(magnitude);
    const sign = c.select(negative, c.const(SIGN), c.const(0));
    return c.call(round, sign, c.sub(BIAS + 63, c.wrap(leading)), w.shl(magnitude, leading));
  });
