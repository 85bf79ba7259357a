/** Scaling by powers of two, and taking numbers apart into them. SDM vol. 2, FSCALE, FXTRACT. */
import { STATE } from '../layout.ts';
import type { Callee } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { classify, clearC1, type Exceptions, writeRegister } from './exceptions.ts';
import { fromInteger } from './integer.ts';
import { isEmpty, markFull, moveTop, readSlot, type Stack, slot } from './stack.ts';
import { beginGeneral, type Encoded, unpack } from './unpack.ts';
import { wide } from './wide.ts';
import {
  BIAS,
  EXCEPTION,
  EXPONENT,
  EXPONENT_MAX,
  INDEFINITE_EXPONENT,
  INDEFINITE_SIGNIFICAND,
  INTEGER_BIT,
  PC_EXTENDED,
  QUIET_BIT,
  SIGN,
  STACK_OVERFLOW,
  STACK_UNDERFLOW,
  STATUS,
  WRAP,
} from './words.ts';

/** Powers of two beyond this overflow or underflow whatever they scale. */
const LARGEST_POWER = 0x1_0000;
const LARGEST_BITS = 16;

/** () → delivered. ST(0) := ST(0) · 2^(ST(1) rounded towards zero). */
export const defineScale = (builder: ModuleBuilder, exceptions: Exceptions, round: Callee, stack: Stack): Callee =>
  builder.define('x87_scale', [], 'i32', (c) => {
    const w = wide(c);
    const [x, y] = [slot(c, 0), slot(c, 1)];
    c.if(c.or(isEmpty(c, x), isEmpty(c, y)), () => c.return(c.call(stack.underflow, x.physical)));
    const operand = readSlot(c, x);
    const op = beginGeneral(c, exceptions, x.at, operand, readSlot(c, y));
    const { a, b } = op;
    c.if(c.and(b.infinite, c.select(b.sign, a.infinite, a.zero)), op.invalid);
    op.denormal();
    c.if(c.or(a.infinite, a.zero), () => op.deliver(operand.significand, operand.signExponent));
    c.if(b.infinite, () => {
      c.if(
        b.sign,
        () => op.zero(a.sign),
        () => op.infinity(a.sign),
      );
    });
    const bits = c.keep(c.sub(b.exponent, BIAS - 1));
    const power = c.ifValue(
      'i32',
      c.gtS(bits, LARGEST_BITS),
      () => c.const(LARGEST_POWER),
      () => {
        const none = c.or(b.zero, c.leS(bits, 0));
        return c.select(none, c.const(0), c.wrap(w.shrU(b.significand, w.fromU32(c.sub(64, bits)))));
      },
    );
    const exponent = c.keep(c.add(a.exponent, c.select(b.sign, c.sub(0, power), power)));
    const control = c.keep(c.or(c.load(STATE.fpuControl), PC_EXTENDED));
    // An unmasked overflow or underflow that the changed exponent cannot hold gives infinity or zero in all modes.
    c.if(c.and(c.gtS(exponent, EXPONENT_MAX + WRAP), c.eqz(c.and(control, EXCEPTION.OE))), () => {
      c.call(exceptions.raise, EXCEPTION.OE | EXCEPTION.PE | STATUS.C1);
      op.infinity(a.sign);
    });
    c.if(c.and(c.leS(exponent, -WRAP), c.eqz(c.and(control, EXCEPTION.UE))), () => {
      c.call(exceptions.raise, EXCEPTION.UE | EXCEPTION.PE);
      op.zero(a.sign);
    });
    c.call(round, x.at, a.sign, exponent, a.significand, c.const64(0n), control);
    return c.const(1);
  });

/** () → delivered. ST(0) := exponent of ST(0) as a number; pushes its significand, 1 ≤ |s| < 2. */
export const defineExtract = (builder: ModuleBuilder, exceptions: Exceptions): Callee =>
  builder.define('x87_extract', [], 'i32', (c) => {
    const w = wide(c);
    const [source, target] = [slot(c, 0), slot(c, -1)];
    const finish = (exponent: Encoded, significand: Encoded): void => {
      writeRegister(c, source.at, exponent.significand, exponent.signExponent);
      writeRegister(c, target.at, significand.significand, significand.signExponent);
      markFull(c, source);
      markFull(c, target);
      moveTop(c, -1);
      c.return(c.const(1));
    };
    const raise = (flags: number): void => c.if(c.call(exceptions.raise, flags), () => c.return(c.const(0)));
    const indefinite = { significand: w.const(INDEFINITE_SIGNIFICAND), signExponent: c.const(INDEFINITE_EXPONENT) };
    const fault = (flags: number): void => {
      raise(flags);
      finish(indefinite, indefinite);
    };
    clearC1(c);
    c.if(isEmpty(c, source), () => fault(STACK_UNDERFLOW));
    c.if(c.eqz(isEmpty(c, target)), () => fault(STACK_OVERFLOW));

    const operand = readSlot(c, source);
    const kind = classify(c, operand.significand, operand.signExponent);
    c.if(kind.unsupported, () => fault(EXCEPTION.IE));
    c.if(kind.nan, () => {
      c.if(kind.signaling, () => raise(EXCEPTION.IE));
      const quiet = { ...operand, significand: w.or(operand.significand, w.const(QUIET_BIT)) };
      finish(quiet, quiet);
    });
    const a = unpack(c, operand);
    const infinity = (sign: number): Encoded => ({
      significand: w.const(INTEGER_BIT),
      signExponent: c.const(sign | EXPONENT),
    });
    c.if(a.infinite, () => finish(infinity(0), operand));
    c.if(a.zero, () => {
      raise(EXCEPTION.ZE);
      finish(infinity(SIGN), operand);
    });
    c.if(kind.denormal, () => raise(EXCEPTION.DE));
    const exponent = fromInteger(c, w.fromS32(c.sub(a.exponent, BIAS)));
    finish(exponent, { significand: a.significand, signExponent: c.keep(c.or(a.sign, BIAS)) });
  });
