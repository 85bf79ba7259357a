/** Addition and subtraction. SDM vol. 2, FADD, FSUB. */
import { STATE } from '../layout.ts';
import type { Callee, Code, Local, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import type { Exceptions } from './exceptions.ts';
import { fastControl, finishFast } from './round.ts';
import { beginGeneral, encoded, OPERATION_PARAMS, signOfZeroSum } from './unpack.ts';
import { type Pair, shiftLeft128, shiftRight64, shiftRightJam, subtract128, variable, wide } from './wide.ts';
import { EXPONENT, EXPONENT_MAX, SIGN } from './words.ts';

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

/** a ± b where both are normal numbers and rounding is to nearest and 64 bits; everything else in `general`. */
const defineOne = (builder: ModuleBuilder, name: string, flip: number, general: Callee): Callee =>
  builder.define(name, OPERATION_PARAMS, 'i32', (c, ...p) => {
    const [at, aSig, aSe, bSig, bSe] = p as [Local, Local, Local, Local, Local];
    const w = wide(c);
    const slow = c.label('slow');
    c.block(slow, () => {
      const [a, b] = [c.get(aSig), c.get(bSig)];
      const aExponent = c.keep(c.and(c.get(aSe), EXPONENT));
      const bExponent = c.keep(c.and(c.get(bSe), EXPONENT));
      c.break(slow, c.eqz(c.and(fastControl(c), w.topBit(w.and(a, b)))));
      const bLarger = c.keep(c.or(c.gtU(bExponent, aExponent), c.and(c.eq(aExponent, bExponent), w.gtU(b, a))));
      const exponent = c.keep(c.select(bLarger, bExponent, aExponent));
      const smallerExponent = c.keep(c.select(bLarger, aExponent, bExponent));
      c.break(slow, c.or(c.gtU(exponent, EXPONENT_MAX), c.eqz(smallerExponent)));
      const distance = c.keep(c.sub(exponent, smallerExponent));
      c.break(slow, c.gtU(distance, 63));
      const larger = w.select(bLarger, b, a);
      const aligned = shiftRight64(c, w.select(bLarger, a, b), w.fromU32(distance));
      const sign = variable(c, c.get(aSe));
      c.if(bLarger, () => c.set(sign, c.xor(c.get(bSe), flip)));
      const s = c.keep(c.and(c.get(sign), SIGN));
      c.if(
        c.and(c.xor(c.xor(c.get(aSe), c.get(bSe)), flip), SIGN),
        () => {
          const { value, shrunk } = subtractMagnitudes(c, larger, aligned);
          c.break(slow, w.isZero(value.high));
          finishFast(c, slow, c.get(at), s, c.keep(c.sub(exponent, shrunk)), value);
        },
        () => {
          const { value, grown } = addMagnitudes(c, larger, aligned);
          finishFast(c, slow, c.get(at), s, c.keep(c.add(exponent, grown)), value);
        },
      );
      c.return(c.const(1));
    });
    return c.call(general, c.get(at), c.get(aSig), c.get(aSe), c.get(bSig), c.get(bSe), flip);
  });

/** (at, a, a', b, b') → delivered: writes a + b, a − b to the register at host address `at`. */
export const defineAdd = (
  builder: ModuleBuilder,
  exceptions: Exceptions,
  round: Callee,
): { add: Callee; subtract: Callee } => {
  const general = defineGeneral(builder, exceptions, round);
  return {
    add: defineOne(builder, 'x87_add', 0, general),
    subtract: defineOne(builder, 'x87_subtract', SIGN, general),
  };
};
