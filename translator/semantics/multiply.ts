/** MUL IMUL DIV IDIV. */
import { arithmeticFlags } from '../flags.ts';
import type { Code, Val } from '../wasm/code.ts';
import type { Ops, Semantics } from './ops.ts';

const EAX = 0;
const EDX = 2;
const DIVIDE_ERROR = 0;

/** CF = OF = `overflow`; the other flags, undefined, follow the low half. */
const multiplyFlags = (o: Ops, low: Val, overflow: Val): void => {
  const v = o.c.keep(overflow);
  o.define(arithmeticFlags(o.c, o.size, v, v, low));
};

/** Puts a double-width product into AX, DX:AX or EDX:EAX. */
const setProduct = (o: Ops, low: Val, high: () => Val): void => {
  if (o.size === 8) {
    o.setReg(EAX, low, 16);
    return;
  }
  const h = o.c.keep(high());
  o.setReg(EAX, low, o.size);
  o.setReg(EDX, h, o.size);
};

export const mul: Semantics = (o) => {
  const { c, size } = o;
  const a = o.reg(EAX, size);
  if (size === 32) {
    const b = c.extend64U(o.get(0));
    const p = c.keep(c.op2('i64', 'mul', c.extend64U(a), b));
    const low = c.keep(c.wrap(p));
    const high = c.keep(c.wrap(c.op2('i64', 'shr_u', p, 32)));
    multiplyFlags(o, low, c.ne(high, 0));
    setProduct(o, low, () => high);
    return;
  }
  const p = c.keep(c.mul(c.keep(a), o.get(0)));
  multiplyFlags(o, p, c.ne(c.shrU(p, size), 0));
  setProduct(o, p, () => c.shrU(p, 16));
};

/** Product of sign-extended values: low and high word of the 64-bit result. */
const signedProduct = (c: Code, a: Val, b: Val) => {
  const x = c.extend64S(a);
  const p = c.keep(c.op2('i64', 'mul', x, c.extend64S(b)));
  return { low: c.keep(c.wrap(p)), high: c.keep(c.wrap(c.op2('i64', 'shr_s', p, 32))) };
};

/** IMUL with one operand. */
export const imul: Semantics = (o) => {
  const { c, size } = o;
  const a = c.keep(c.signExtend(o.reg(EAX, size), size));
  const b = c.keep(c.signExtend(o.get(0), size));
  if (size === 32) {
    const { low, high } = signedProduct(c, a, b);
    multiplyFlags(o, low, c.ne(high, c.shrS(low, 31)));
    setProduct(o, low, () => high);
    return;
  }
  const p = c.keep(c.mul(a, b));
  multiplyFlags(o, p, c.ne(c.signExtend(p, size), p));
  setProduct(o, p, () => c.shrU(p, 16));
};

/** IMUL with two or three operands: the last two are multiplied into the first. */
const truncated =
  (left: number, right: number): Semantics =>
  (o) => {
    const { c, size } = o;
    const a = c.keep(c.signExtend(o.get(left), size));
    const b = c.keep(c.signExtend(o.get(right), size));
    if (size === 32) {
      const { low, high } = signedProduct(c, a, b);
      multiplyFlags(o, low, c.ne(high, c.shrS(low, 31)));
      o.set(0, low);
      return;
    }
    const p = c.keep(c.mul(a, b));
    multiplyFlags(o, p, c.ne(c.signExtend(p, size), p));
    o.set(0, p);
  };
export const imul2 = truncated(0, 1);
export const imul3 = truncated(1, 2);

/** The dividend as 64 bits for 32-bit operands, else as 32 bits: EDX:EAX, DX:AX or AX. */
const dividend32 = (o: Ops): Val => {
  if (o.size === 8) return o.reg(EAX, 16);
  const high = o.c.shl(o.reg(EDX, 16), 16);
  return o.c.or(high, o.reg(EAX, 16));
};
const dividend64 = (o: Ops): Val => {
  const high = o.c.op2('i64', 'shl', o.c.extend64U(o.reg(EDX)), 32);
  return o.c.op2('i64', 'or', high, o.c.extend64U(o.reg(EAX)));
};

const setQuotient = (o: Ops, quotient: Val, remainder: Val): void => {
  const q = o.c.keep(quotient);
  const r = o.c.keep(remainder);
  o.setReg(EAX, q, o.size);
  o.setReg(o.size === 8 ? 4 : EDX, r, o.size); // 4 as a byte register is AH
};

export const div: Semantics = (o) => {
  const { c, size } = o;
  const divisor = c.keep(o.get(0));
  o.raiseIf(c.eqz(divisor), DIVIDE_ERROR);
  if (size === 32) {
    const n = c.keep(dividend64(o));
    const d = c.keep(c.extend64U(divisor));
    const q = c.keep(c.op2('i64', 'div_u', n, d));
    o.raiseIf(c.op2('i64', 'gt_u', q, c.const64(0xffffffffn)), DIVIDE_ERROR);
    setQuotient(o, c.wrap(q), c.wrap(c.op2('i64', 'rem_u', n, d)));
    return;
  }
  const n = c.keep(dividend32(o));
  const q = c.keep(c.divU(n, divisor));
  o.raiseIf(c.gtU(q, size === 8 ? 0xff : 0xffff), DIVIDE_ERROR);
  setQuotient(o, q, c.remU(n, divisor));
};

export const idiv: Semantics = (o) => {
  const { c, size } = o;
  const divisor = c.keep(c.signExtend(o.get(0), size));
  o.raiseIf(c.eqz(divisor), DIVIDE_ERROR);
  if (size === 32) {
    const n = c.keep(dividend64(o));
    const d = c.keep(c.extend64S(divisor));
    // The one quotient that 64 bits cannot hold would trap in the host too.
    const extreme = c.op2('i64', 'eq', n, c.const64(-(1n << 63n)));
    o.raiseIf(c.and(extreme, c.eq(divisor, -1)), DIVIDE_ERROR);
    const q = c.keep(c.op2('i64', 'div_s', n, d));
    const low = c.keep(c.wrap(q));
    o.raiseIf(c.op2('i64', 'ne', q, c.extend64S(low)), DIVIDE_ERROR);
    setQuotient(o, low, c.wrap(c.op2('i64', 'rem_s', n, d)));
    return;
  }
  const n = c.keep(c.signExtend(dividend32(o), size === 8 ? 16 : 32));
  if (size === 16) o.raiseIf(c.and(c.eq(n, 0x80000000), c.eq(divisor, -1)), DIVIDE_ERROR);
  const q = c.keep(c.divS(n, divisor));
  o.raiseIf(c.ne(q, c.signExtend(q, size)), DIVIDE_ERROR);
  setQuotient(o, q, c.remS(n, divisor));
};
