/** Addition and subtraction. SDM vol. 2, FADD, FSUB. */
import { STATE } from '../layout.ts';
import type { Callee, Code, Local, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import type { Exceptions } from './exceptions.ts';
import { defineOperation, finishUsual, type Usual, unlikely } from './round.ts';
import { beginGeneral, type Encoded, encoded, OPERATION_PARAMS, signOfZeroSum } from './unpack.ts';
import { type Pair, shiftLeft128, shiftRight64, shiftRightJam, subtract128, variable, wide } from './wide.ts';
import { EXPONENT, SIGN } from './words.ts';

/** larger + smaller, a carry shifted back in; gives how much the exponent grows. */
const addMagnitudes = (c: Code, larger: Val, smaller: Pair): { value: Pair; grown: Val } => {
  const w = wide(c);
  const sum = w.add(larger, smaller.high);
  const carry = w.ltU(sum, larger);
  const wideCarry = w.fromU32(carry);
  const sticky = w.and(smaller.low, 1);
  const low = w.or(w.or(w.shrU(smaller.low, wideCarry), sticky), w.shl(w.and(sum, wideCarry), 63));
  return { value: { high: w.or(w.shrU(sum, wideCarry), w.shl(wideCarry, 63)), low }, grown: carry };
};

/** larger − smaller of different values, normalized; gives how much the exponent shrinks. */
const subtractMagnitudes = (c: Code, larger: Val, smaller: Pair): { value: Pair; shrunk: Val } => {
  const w = wide(c);
  const difference = subtract128(c, { high: larger, low: w.const(0n) }, smaller);
  const leading = w.clz(difference.high);
  return { value: shiftLeft128(c, difference, leading), shrunk: w.toI32(leading) };
};

const defineGeneral = (builder: ModuleBuilder, exceptions: Exceptions, round: Callee): Callee =>
  builder.define('x87_add_general', [...OPERATION_PARAMS, 'i32'], 'i32', (c, ...p) => {
    const [at, aSig, aSe, bSig, bSe, flip] = p as [Local, Local, Local, Local, Local, Local];
    const w = wide(c);
    const op = beginGeneral(c, exceptions, c.get(at), encoded(c, aSig, aSe), encoded(c, bSig, bSe), (b) => ({
      ...b,
      sign: c.keep(c.xor(b.sign, c.get(flip))),
    }));
    const { a, b } = op;
    const subtract = c.keep(c.ne(a.sign, b.sign));
    c.if(c.and(c.and(a.infinite, b.infinite), subtract), op.invalid);
    op.denormal();
    c.if(a.infinite, () => op.infinity(a.sign));
    c.if(b.infinite, () => op.infinity(b.sign));
    c.if(c.and(a.zero, b.zero), () => op.zero(c.select(subtract, signOfZeroSum(c), a.sign)));

    const bLarger = c.keep(
      c.or(
        a.zero,
        c.and(
          c.eqz(b.zero),
          c.or(c.gtS(b.exponent, a.exponent), c.and(c.eq(b.exponent, a.exponent), w.gtU(b.significand, a.significand))),
        ),
      ),
    );
    const sign = c.keep(c.select(bLarger, b.sign, a.sign));
    const exponent = c.keep(c.select(bLarger, b.exponent, a.exponent));
    const larger = w.select(bLarger, b.significand, a.significand);
    const smaller = w.select(bLarger, a.significand, b.significand);
    // A zero has no exponent to speak of: any distance does.
    const distance = c.keep(c.sub(exponent, c.select(bLarger, a.exponent, b.exponent)));
    const shift = w.fromU32(c.select(w.isZero(smaller), c.const(0), distance));
    const aligned = shiftRightJam(c, { high: smaller, low: w.const(0n) }, shift);

    const finish = (exponentNow: Val, value: Pair): void => {
      c.call(round, c.get(at), sign, exponentNow, value.high, value.low, c.load(STATE.fpuControl));
      c.return(c.const(1));
    };
    c.if(
      subtract,
      () => {
        c.if(c.and(w.eq(larger, aligned.high), w.isZero(aligned.low)), () => op.zero(signOfZeroSum(c)));
        // A difference below 2^64 comes from neighbouring exponents: its significand is in the low word.
        const { value, shrunk } = subtractMagnitudes(c, larger, aligned);
        c.if(
          w.isZero(value.high),
          () => finish(c.sub(exponent, 64), { high: c.const64(-1n << 63n), low: c.const64(0n) }),
          () => finish(c.sub(exponent, shrunk), value),
        );
      },
      () => {
        const { value, grown } = addMagnitudes(c, larger, aligned);
        finish(c.add(exponent, grown), value);
      },
    );
    return undefined;
  });

/** a ± b for normal numbers (`flip`: SIGN to subtract), to nearest and 64 bits; jumps to `slow` where that is not all. */
export const addUsual =
  (flip: 0 | typeof SIGN) =>
  (c: Code, slow: string, a: Encoded, b: Encoded): Usual => {
    const w = wide(c);
    const [x, y] = [a.significand, b.significand];
    const xExponent = c.keep(c.and(a.signExponent, EXPONENT));
    const yExponent = c.keep(c.and(b.signExponent, EXPONENT));
    const ySign = c.keep(c.xor(b.signExponent, flip));
    const distance = c.keep(c.sub(xExponent, yExponent));
    const yLarger = c.keep(c.or(c.ltS(distance, 0), c.and(c.eqz(distance), w.gtU(y, x))));
    const apart = c.keep(c.select(yLarger, c.sub(0, distance), distance));
    unlikely(c, slow, c.gtU(apart, 63));
    const larger = w.select(yLarger, y, x);
    const aligned = shiftRight64(c, w.select(yLarger, x, y), w.fromU32(apart));
    const high = variable(c, larger);
    const low = variable(c, aligned.low);
    const exponent = variable(c, c.select(yLarger, yExponent, xExponent));
    c.if(
      c.and(c.xor(a.signExponent, ySign), SIGN),
      () => {
        const { value, shrunk } = subtractMagnitudes(c, larger, aligned);
        unlikely(c, slow, w.isZero(value.high));
        c.set(high, value.high);
        c.set(low, value.low);
        c.set(exponent, c.sub(c.get(exponent), shrunk));
      },
      () => {
        const { value, grown } = addMagnitudes(c, larger, aligned);
        c.set(high, value.high);
        c.set(low, value.low);
        c.set(exponent, c.add(c.get(exponent), grown));
      },
    );
    const sign = c.keep(c.and(c.select(yLarger, ySign, a.signExponent), SIGN));
    return finishUsual(c, slow, sign, c.get(exponent), { high: c.get(high), low: c.get(low) });
  };

/** (at, a, a', b, b') → delivered: writes a + b, a − b to the register at host address `at`. */
export const defineAdd = (
  builder: ModuleBuilder,
  exceptions: Exceptions,
  round: Callee,
): { add: Callee; subtract: Callee } => {
  const general = defineGeneral(builder, exceptions, round);
  return {
    add: defineOperation(builder, 'x87_add', addUsual(0), general, 0),
    subtract: defineOperation(builder, 'x87_subtract', addUsual(SIGN), general, SIGN),
  };
};
