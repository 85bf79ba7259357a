/**
 * Lanes that WebAssembly computes as SSE does, found out beforehand: zeros and normal numbers, to nearest, with results
 * that are the same and inexact only where PE is set already. Generated code has met something that it did not know
 * better; most of that is a zero, or a program whose results have all been exact so far.
 */
import { STATE } from '../layout.ts';
import type { Code, Val } from '../wasm/code.ts';
import type { Format } from '../x87/float.ts';
import { wide } from '../x87/wide.ts';
import { EXCEPTION } from '../x87/words.ts';
import { infinity } from './lanes.ts';
import { MXCSR } from './words.ts';

export type Operation = 'add' | 'sub' | 'mul' | 'div' | 'sqrt';

const toFloat = (c: Code, { name, bits }: Format, value: Val): Val =>
  c.keep(c.op1(name, 'reinterpret', bits === 32 ? c.wrap(value) : value));
const toBits = (c: Code, { bits }: Format, value: Val): Val =>
  bits === 32 ? c.keep(c.extend64U(c.op1('i32', 'reinterpret', value))) : c.keep(c.op1('i64', 'reinterpret', value));

/** Non-zero where r = x op y is exact for certain; sums and products of normal numbers, and zeros. */
const isExact = (c: Code, format: Format, operation: Operation, [x, y, r]: readonly [Val, Val, Val]): Val => {
  const w = wide(c);
  const f = (op: string, a: Val, b: Val): Val => c.keep(c.op2(format.name, op, a, b));
  const same = (a: Val, b: Val): Val => c.op2(format.name, 'eq', a, b);
  if (operation === 'add' || operation === 'sub') {
    // What rounding has lost is a number itself: Knuth, TAOCP vol. 2, 4.2.2, theorem C.
    const other = operation === 'add' ? y : c.keep(c.op1(format.name, 'neg', y));
    const part = f('sub', r, x);
    const lost = f('add', f('sub', x, f('sub', r, part)), f('sub', other, part));
    return same(lost, f('sub', r, r));
  }
  const unit = 1n << BigInt(format.fraction);
  /** Zeros at the end of the significand. */
  const zeros = (value: Val): Val => w.ctz(w.or(toBits(c, format, value), w.const(unit)));
  /** a · b has no more bits than the format. */
  const short = (a: Val, b: Val): Val => w.geU(w.add(zeros(a), zeros(b)), format.fraction + 1);
  if (operation === 'mul') return short(x, y);
  const divisor = operation === 'div' ? y : r;
  return c.and(short(r, divisor), same(f('mul', r, divisor), x));
};

/** Returns from a kernel what WebAssembly computes, where that is certain to be right; else goes on. */
export const returnQuick = (c: Code, format: Format, operation: Operation, [a, b]: readonly [Val, Val]): void => {
  const w = wide(c);
  const twice = (bits: Val): Val => w.shl(bits, 65 - format.bits);
  const shift = BigInt(65 - format.bits);
  const least = 1n << (BigInt(format.fraction) + shift);
  const span = (infinity(format) << shift) - least;
  const normal = (doubled: Val): Val => w.ltU(w.sub(doubled, w.const(least)), w.const(BigInt.asIntN(64, span)));
  const [ta, tb] = [twice(a), twice(b)];
  const either = (doubled: Val): Val => c.or(normal(doubled), w.isZero(doubled));
  const mxcsr = c.keep(c.load(STATE.mxcsr));
  const usual = c.keep(c.eq(c.and(mxcsr, ~MXCSR.flags), MXCSR.masks));
  c.if(c.and(usual, c.and(either(ta), either(tb))), () => {
    const [x, y] = [toFloat(c, format, a), toFloat(c, format, b)];
    const r = c.keep(operation === 'sqrt' ? c.op1(format.name, 'sqrt', x) : c.op2(format.name, operation, x, y));
    const bits = toBits(c, format, r);
    const tr = twice(bits);
    // A zero is exact if it comes of one, or is a difference; otherwise it is a tiny result.
    const difference = operation === 'add' || operation === 'sub';
    const zero = difference ? w.isZero(tr) : c.and(w.isZero(tr), c.or(w.isZero(ta), w.isZero(tb)));
    c.if(zero, () => c.return(bits));
    c.if(normal(tr), () => {
      c.if(c.and(mxcsr, EXCEPTION.PE), () => c.return(bits));
      c.if(isExact(c, format, operation, [x, y, r]), () => c.return(bits));
    });
  });
};
