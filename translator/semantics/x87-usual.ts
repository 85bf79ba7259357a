/**
 * x87 instructions on registers in locals: what is usual in line, everything else by the exact functions of
 * translator/x87, which take operands and give results as values. Usual are normal numbers, rounded to nearest and
 * 64 bits. With any exception unmasked the interpreter does what is not usual, for then it may have no result.
 */
import { STATE } from '../layout.ts';
import type { Callee, Local, Operand, Val } from '../wasm/code.ts';
import { addUsual } from '../x87/add.ts';
import { compareUsual } from '../x87/compare.ts';
import { F32, F64, narrowUsual, widenNormal } from '../x87/float.ts';
import { fromInteger } from '../x87/integer.ts';
import { multiplyUsual } from '../x87/multiply.ts';
import { leaveUnlessNormal, seldom, type Usual, unlikely } from '../x87/round.ts';
import type { Encoded, Known } from '../x87/unpack.ts';
import { wide } from '../x87/wide.ts';
import { CONDITION, EXCEPTIONS, EXPONENT, QUIET_BIT, RESULT, SIGN } from '../x87/words.ts';
import type { Ops } from './ops.ts';
import type { FpuRegisters } from './x87-operations.ts';

export type MemoryKind = 'f32' | 'f64' | 'i16' | 'i32' | 'i64';
const FORMATS = { f32: F32, f64: F64 } as const;

export const registerOperand = (fpu: FpuRegisters, i: number): Known => ({
  value: fpu.read(i),
  normal: fpu.isNormal(i),
});

/** Locals that branches set. */
const slots = (o: Ops): { significand: Local; signExponent: Local } => ({
  significand: o.c.newLocal('i64'),
  signExponent: o.c.newLocal(),
});
type Slots = ReturnType<typeof slots>;
const fill = (o: Ops, to: Slots, { significand, signExponent }: Encoded): void => {
  o.c.set(to.significand, significand);
  o.c.set(to.signExponent, signExponent);
};
const heldIn = (o: Ops, from: Slots): Encoded => ({
  significand: o.c.get(from.significand),
  signExponent: o.c.get(from.signExponent),
});
/** What an exact function has left at RESULT. */
const fillFromResult = (o: Ops, to: Slots): void => {
  o.c.set(to.significand, o.c.loadAs('i64', o.c.const(RESULT)));
  o.c.set(to.signExponent, o.c.load(RESULT, 16, 8));
};

/** Non-zero unless a value is a normal number. */
const notNormal = (o: Ops, { significand, signExponent }: Encoded): Val => {
  const { c } = o;
  return c.or(wide(c).geS(significand, 0), c.eqz(c.and(c.add(signExponent, 1), EXPONENT - 1)));
};

/** Calls an exact function; from then on nothing is pending that was not, for all is masked. */
const exactly = (o: Ops, fpu: FpuRegisters, callee: Callee, ...args: Operand[]): Val => {
  const { c } = o;
  fpu.leaveIf(c.xor(c.and(c.load(STATE.fpuControl), EXCEPTIONS), EXCEPTIONS));
  const result = c.call(callee, ...args);
  fpu.takeFlags();
  return result;
};

/** `usual` may jump to the label that it gets; `otherwise` is done then. */
const either = (o: Ops, fpu: FpuRegisters, usual: (slow: string) => void, otherwise: () => void): void => {
  const { c } = o;
  const unusual = fpu.unusual();
  const [done, slow] = [c.label('usual'), c.label('unusual')];
  c.block(done, () => {
    c.block(slow, () => {
      unlikely(c, slow, unusual);
      usual(slow);
      c.break(done);
    });
    otherwise();
  });
};

/** A float or an integer from memory. */
export const memoryOperand = (o: Ops, fpu: FpuRegisters, kind: MemoryKind, bits: Val): Known => {
  const { c } = o;
  if (kind !== 'f32' && kind !== 'f64') return { value: fromInteger(c, bits), normal: false };
  const to = slots(o);
  const widened = widenNormal(c, FORMATS[kind], bits);
  fpu.unusual();
  fill(o, to, widened);
  c.if(seldom(c, c.eqz(widened.normal)), () => {
    // A denormal number raises DE, or not: that depends on the other operand.
    fpu.leaveIf(c.call(o.helper(`x87_widen_${kind}`), bits));
    fillFromResult(o, to);
    fpu.distrust(c.const(1));
  });
  return { value: heldIn(o, to), normal: true };
};

// ---- Arithmetic ---------------------------------------------------------------------------------------------

const USUAL: Partial<Record<string, (c: Ops['c'], slow: string, a: Encoded, b: Encoded) => Usual>> = {
  add: addUsual(0),
  subtract: addUsual(SIGN),
  multiply: multiplyUsual,
};

/** ST(i) := an exact function of operands. */
const exactResult = (o: Ops, fpu: FpuRegisters, to: Slots, kernel: string, operands: readonly Known[]): void => {
  const args = operands.flatMap(({ value }) => [value.significand, value.signExponent]);
  exactly(o, fpu, o.helper(`x87_${kernel}`), RESULT, ...args);
  fillFromResult(o, to);
  fpu.distrust(notNormal(o, heldIn(o, to)));
};

/** ST(i) := a op b; gives up nothing of them before. */
export const arithmetic = (o: Ops, fpu: FpuRegisters, kernel: string, i: number, operands: readonly Known[]): void => {
  const { c } = o;
  const to = slots(o);
  const usual = USUAL[kernel];
  const [a, b] = operands as readonly [Known, Known];
  if (usual) {
    either(
      o,
      fpu,
      (slow) => {
        for (const { value, normal } of operands) if (!normal) leaveUnlessNormal(c, slow, value);
        const result = usual(c, slow, a.value, b.value);
        fill(o, to, result);
        fpu.rounded(result.lost, result.up);
      },
      () => exactResult(o, fpu, to, kernel, operands),
    );
  } else {
    fpu.unusual();
    exactResult(o, fpu, to, kernel, operands);
  }
  fpu.write(i, heldIn(o, to), true);
};

// ---- Loads, stores, moves -----------------------------------------------------------------------------------

export const load = (o: Ops, fpu: FpuRegisters, kind: MemoryKind, bits: Val): void => {
  const { c } = o;
  const w = wide(c);
  fpu.room();
  const { value, normal } = memoryOperand(o, fpu, kind, bits);
  if (normal) {
    // A signaling NaN is an invalid operation.
    const { significand, signExponent } = value;
    const nan = c.and(c.eq(c.and(signExponent, EXPONENT), EXPONENT), w.isNonzero(w.shl(significand, 1)));
    c.if(seldom(c, fpu.unusual()), () => fpu.leaveIf(c.and(nan, w.isZero(w.and(significand, w.const(QUIET_BIT))))));
  }
  fpu.push(value, normal);
};

/** ST(0) in a format of memory, as exact functions leave it: 64 bits. */
export const stored = (o: Ops, fpu: FpuRegisters, kind: MemoryKind, truncated: boolean): Val => {
  const { c } = o;
  const { value, normal } = registerOperand(fpu, 0);
  const result = c.newLocal('i64');
  const { significand, signExponent } = value;
  const exact = (name: string, ...more: Operand[]): void => {
    exactly(o, fpu, o.helper(`x87_${name}`), significand, signExponent, ...more);
    c.set(result, c.loadAs('i64', c.const(RESULT)));
  };
  if (kind === 'f32' || kind === 'f64') {
    either(
      o,
      fpu,
      (slow) => {
        if (!normal) leaveUnlessNormal(c, slow, value);
        const narrowed = narrowUsual(c, slow, FORMATS[kind], value);
        c.set(result, narrowed.value);
        fpu.rounded(narrowed.lost, narrowed.up);
      },
      () => exact(`narrow_${kind}`),
    );
  } else exact(truncated ? 'truncate' : 'to_integer', Number(kind.slice(1)));
  return c.get(result);
};

export const exchange = (fpu: FpuRegisters, i: number): void => {
  const [a, b] = [fpu.copy(0), fpu.copy(i)];
  const [aNormal, bNormal] = [fpu.isNormal(0), fpu.isNormal(i)];
  fpu.clearC1();
  fpu.write(0, b, bNormal);
  fpu.write(i, a, aNormal);
};

export const loadRegister = (fpu: FpuRegisters, i: number): void => {
  const value = fpu.copy(i);
  const normal = fpu.isNormal(i);
  fpu.room();
  fpu.push(value, normal);
};

export const storeRegister = (fpu: FpuRegisters, i: number, pop: boolean): void => {
  const value = fpu.copy(0);
  fpu.clearC1();
  fpu.write(i, value, fpu.isNormal(0));
  if (pop) fpu.pop();
};

/** FABS (keep 0, flip 0), FCHS (SIGN, SIGN). */
export const sign = (o: Ops, fpu: FpuRegisters, keep: number, flip: number): void => {
  const { c } = o;
  const { significand, signExponent } = fpu.copy(0);
  fpu.clearC1();
  const changed = c.keep(c.xor(c.and(signExponent, keep | EXPONENT), flip));
  fpu.write(0, { significand, signExponent: changed }, fpu.isNormal(0));
};

// ---- Comparisons --------------------------------------------------------------------------------------------

/** C3, C2 and C0 of ST(0) compared with an operand. */
export const compare = (o: Ops, fpu: FpuRegisters, b: Known, quiet: boolean): Val => {
  const { c } = o;
  const a = registerOperand(fpu, 0);
  const condition = c.newLocal();
  either(
    o,
    fpu,
    (slow) => {
      c.set(condition, compareUsual(c, slow, a, b));
      fpu.clearC1();
    },
    () => {
      const args = [a, b].flatMap(({ value }) => [value.significand, value.signExponent]);
      c.set(condition, c.and(exactly(o, fpu, o.helper('x87_compare'), ...args, Number(quiet)), CONDITION));
    },
  );
  return c.get(condition);
};
