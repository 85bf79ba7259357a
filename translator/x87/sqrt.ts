/** Square root. SDM vol. 2, FSQRT. */
import { STATE } from '../layout.ts';
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import type { Exceptions } from './exceptions.ts';
import { fastControl, finishUsual, leaveUnlessNormal, writeUsual } from './round.ts';
import { beginGeneral, encoded } from './unpack.ts';
import { multiply128, type Pair, subtract128, variable, wide } from './wide.ts';
import { BIAS, SIGN } from './words.ts';

/** floor(√radicand) for a radicand ≥ 2^126, and what is left of it (up to 65 bits). */
const root128 = (c: Code, radicand: Pair): { root: Val; rest: Pair } => {
  const w = wide(c);
  const float = (v: Val, op: string): Val => c.op1('f64', op, v);
  const times = (a: Val, scale: number): Val => c.op2('f64', 'mul', a, scale);
  const restOf = (r: Val): Pair => subtract128(c, radicand, multiply128(c, r, r));

  // The FPU's own root is good to 53 bits; one Newton step brings the error below one.
  const estimate = c.keep(c.op1('f64', 'sqrt', times(float(radicand.high, 'convert_u.i64'), 2 ** 64)));
  const first = c.keep(c.op1('i64', 'trunc_u_sat.f64', estimate, 'i64'));
  const rest = restOf(first);
  const error = c.op2(
    'f64',
    'add',
    times(float(rest.high, 'convert_s.i64'), 2 ** 64),
    float(rest.low, 'convert_u.i64'),
  );
  const step = c.op1('f64', 'floor', c.op2('f64', 'div', error, times(estimate, 2)));
  const root = variable(c, w.add(first, c.op1('i64', 'trunc_s_sat.f64', step, 'i64')));
  const left = restOf(c.get(root));
  const high = variable(c, left.high);
  const low = variable(c, left.low);
  const setRest = (r: Val): void => {
    const now = restOf(r);
    c.set(high, now.high);
    c.set(low, now.low);
  };
  c.if(w.ltS(c.get(high), 0), () => {
    c.set(root, w.sub(c.get(root), 1));
    setRest(c.get(root));
  });
  // rest > 2 · root: the root is one too small.
  const twice = { high: w.shrU(c.get(root), 63), low: w.shl(c.get(root), 1) };
  c.if(w.ltS(subtract128(c, twice, { high: c.get(high), low: c.get(low) }).high, 0), () => {
    c.set(root, w.add(c.get(root), 1));
    setRest(c.get(root));
  });
  return { root: c.get(root), rest: { high: c.get(high), low: c.get(low) } };
};

/** √(significand · 2^(exponent − BIAS − 63)) for a normalized significand. */
const rootOf = (c: Code, significand: Val, exponentNow: Val): { exponent: Val; value: Pair } => {
  const w = wide(c);
  const power = c.keep(c.sub(exponentNow, BIAS));
  const odd = w.fromU32(c.and(power, 1));
  const high = w.shrU(significand, w.xor(odd, 1));
  const low = w.shl(w.and(significand, w.xor(odd, 1)), 63);
  const { root, rest } = root128(c, { high, low });
  // Above root + ½ when the rest is larger than the root; never exactly there.
  const more = w.shl(w.fromU32(c.or(w.isNonzero(rest.high), w.gtU(rest.low, root))), 63);
  const dropped = w.or(more, w.fromU32(w.isNonzero(w.or(rest.high, rest.low))));
  return { exponent: c.keep(c.add(c.shrS(power, 1), BIAS)), value: { high: root, low: dropped } };
};

/** (at, a, a') → delivered: writes √a to the register at host address `at`. */
export const defineSqrt = (builder: ModuleBuilder, exceptions: Exceptions, round: Callee): Callee =>
  builder.define('x87_sqrt', ['i32', 'i64', 'i32'], 'i32', (c, at, sig, se) => {
    const operand = encoded(c, sig, se);
    const slow = c.label('slow');
    c.block(slow, () => {
      c.break(slow, c.eqz(fastControl(c)));
      leaveUnlessNormal(c, slow, operand);
      c.break(slow, c.and(operand.signExponent, SIGN));
      const { exponent, value } = rootOf(c, operand.significand, operand.signExponent);
      writeUsual(c, c.get(at), finishUsual(c, slow, c.const(0), exponent, value));
      c.return(c.const(1));
    });
    const op = beginGeneral(c, exceptions, c.get(at), operand, operand);
    const { a } = op;
    c.if(a.zero, () => op.zero(a.sign));
    c.if(a.sign, op.invalid);
    op.denormal();
    c.if(a.infinite, () => op.infinity(a.sign));
    const { exponent, value } = rootOf(c, a.significand, a.exponent);
    c.call(round, c.get(at), 0, exponent, value.high, value.low, c.load(STATE.fpuControl));
    return c.const(1);
  });
