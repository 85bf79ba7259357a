/**
 * x87 instructions on registers in locals: what is usual in line, everything else by functions of translator/x87 that
 * take and give pairs. Usual is what rounds to nearest and 64 bits, with ordinary numbers and zeros. What has no pair
 * as operand or result is left to the interpreter, as is with any exception unmasked what is not usual.
 */
import { STATE } from '../layout.ts';
import type { Callee, Local, Operand, Val } from '../wasm/code.ts';
import { roundsOnce } from '../wasm/fused.ts';
import {
  addPairs,
  divideFused,
  exponentOf,
  floats,
  multiplyPairs,
  notOrdinary,
  type Pair,
  type RoundedPair,
  rootFused,
} from '../x87/pair.ts';
import { PAIR_LOW } from '../x87/pair-functions.ts';
import { seldom, unlikely } from '../x87/round.ts';
import { wide } from '../x87/wide.ts';
import { EXCEPTIONS, RESULT } from '../x87/words.ts';
import type { Ops } from './ops.ts';
import type { FpuRegisters } from './x87-operations.ts';

export type MemoryKind = 'f32' | 'f64' | 'i16' | 'i32' | 'i64';

/** Locals that branches set. */
interface Slots {
  readonly high: Local;
  readonly low: Local;
}
const slots = ({ c }: Ops): Slots => ({ high: c.newLocal('f64'), low: c.newLocal('f64') });
const fill = ({ c }: Ops, to: Slots, { high, low }: Pick<Pair, 'high' | 'low'>): void => {
  c.set(to.high, high);
  c.set(to.low, low);
};
const heldIn = ({ c }: Ops, { high, low }: Slots, isDouble: boolean): Pair => ({
  high: c.get(high),
  low: c.get(low),
  isDouble,
});

/** `usual` may jump to the label that it gets; `otherwise` is done then. */
const either = ({ c }: Ops, usual: (slow: string) => void, otherwise: () => void): void => {
  const [done, slow] = [c.label('usual'), c.label('unusual')];
  c.block(done, () => {
    c.block(slow, () => {
      usual(slow);
      c.break(done);
    });
    otherwise();
  });
};

export const zero = ({ c }: Ops): Val => c.keep(floats(c).const(0));

// ---- Operands from memory -----------------------------------------------------------------------------------

/** A double, if it is ordinary or zero. */
const memoryDouble = (o: Ops, fpu: FpuRegisters, bits: Val): Pair => {
  const { c } = o;
  const f = floats(c);
  const to = slots(o);
  fill(o, to, { high: f.fromBits(bits), low: zero(o) });
  c.if(seldom(c, notOrdinary(c, exponentOf(c, bits))), () => {
    fpu.leaveIf(f.ne(c.get(to.high), 0));
    c.set(to.low, c.get(to.high));
  });
  return heldIn(o, to, true);
};
/** A single, if it is normal or zero: all exponents that it can have are ordinary. */
const memorySingle = (o: Ops, fpu: FpuRegisters, word: Val): Pair => {
  const { c } = o;
  const to = slots(o);
  const bits = c.keep(c.wrap(word));
  const value = c.keep(c.op1('f64', 'promote', c.op1('f32', 'reinterpret', bits)));
  fill(o, to, { high: value, low: zero(o) });
  const exponent = c.and(c.shrU(bits, 23), 0xff);
  c.if(seldom(c, c.geU(c.sub(exponent, 1), 0xfe)), () => {
    fpu.leaveIf(c.shl(bits, 1));
    c.set(to.low, c.get(to.high));
  });
  return heldIn(o, to, true);
};
/** A signed integer of 64 bits: both halves are doubles. */
const integer = (o: Ops, value: Val, kind: MemoryKind): Pair => {
  const { c } = o;
  const f = floats(c);
  const w = wide(c);
  if (kind !== 'i64') return { high: convert(o, value), low: zero(o), isDouble: true };
  const upper = f.mul(convert(o, w.shrS(value, 32)), 2 ** 32);
  const lower = convert(o, w.and(value, 0xffff_ffff));
  const high = f.add(upper, lower);
  return { high, low: f.sub(lower, f.sub(high, upper)), isDouble: false };
};
const convert = ({ c }: Ops, value: Val): Val => c.keep(c.op1('f64', 'convert_s.i64', value));

/** A float or an integer from memory: its bits, or its value. */
export const memoryOperand = (o: Ops, fpu: FpuRegisters, kind: MemoryKind, bits: Val): Pair => {
  if (kind === 'f64') return memoryDouble(o, fpu, bits);
  return kind === 'f32' ? memorySingle(o, fpu, bits) : integer(o, bits, kind);
};

// ---- Arithmetic ---------------------------------------------------------------------------------------------

const USUAL: Partial<Record<string, (c: Ops['c'], slow: string, limit: Val, a: Pair, b: Pair) => RoundedPair>> = {
  add: addPairs(false),
  subtract: addPairs(true),
  multiply: multiplyPairs,
};
/** The same where products are fused; elsewhere a function is as good. */
const USUAL_FUSED: typeof USUAL = { divide: divideFused, sqrt: rootFused };

/** ST(i) := a op b; gives up nothing of them before. */
export const arithmetic = (o: Ops, fpu: FpuRegisters, kernel: string, i: number, operands: readonly Pair[]): void => {
  const { c } = o;
  const to = slots(o);
  const usual = USUAL[kernel] ?? (roundsOnce() ? USUAL_FUSED[kernel] : undefined);
  const exact = (): void => {
    const high = c.call(o.helper(`x87_pair_${kernel}`), ...operands.flatMap(({ high, low }) => [high, low]));
    fpu.leaveIf(floats(c).ne(high, high));
    fill(o, to, { high, low: c.keep(c.loadAs('f64', c.const(PAIR_LOW))) });
    fpu.takeFlags();
  };
  if (usual) {
    const [a, b] = operands as readonly [Pair, Pair];
    const inLine = (slow: string): void => {
      const result = usual(c, slow, fpu.limit(), a, b);
      fill(o, to, result);
      fpu.rounded(result);
    };
    either(o, inLine, exact);
  } else exact();
  fpu.write(i, heldIn(o, to, false));
};

// ---- Loads, stores, moves -----------------------------------------------------------------------------------

export const load = (o: Ops, fpu: FpuRegisters, kind: MemoryKind, bits: Val): void => {
  fpu.room();
  fpu.push(memoryOperand(o, fpu, kind, bits));
};
export const loadExtended = (o: Ops, fpu: FpuRegisters, significand: Val, signExponent: Val): void => {
  const { c } = o;
  fpu.room();
  const high = c.call(o.helper('x87_pair'), significand, signExponent);
  fpu.leaveIf(floats(c).ne(high, high));
  fpu.push({ high, low: c.keep(c.loadAs('f64', c.const(PAIR_LOW))), isDouble: false });
};

/** Calls an exact function that leaves its result at RESULT; from then on nothing is pending that was not. */
const exactly = ({ c }: Ops, fpu: FpuRegisters, callee: Callee, ...args: Operand[]): Val => {
  fpu.leaveIf(c.xor(c.and(c.load(STATE.fpuControl), EXCEPTIONS), EXCEPTIONS));
  c.call(callee, ...args);
  fpu.takeFlags();
  return c.loadAs('i64', c.const(RESULT));
};

/** ST(0) in a format of memory: 64 bits. */
export const stored = (o: Ops, fpu: FpuRegisters, kind: MemoryKind, truncated: boolean): Val => {
  const { c } = o;
  const f = floats(c);
  const { high, low, isDouble } = fpu.read(0);
  const exact = (name: string, ...more: Operand[]): Val =>
    exactly(o, fpu, o.helper(`x87_pair_${name}`), high, low, ...more);
  if (kind !== 'f32' && kind !== 'f64')
    return c.keep(exact(truncated ? 'truncate' : 'to_integer', Number(kind.slice(1))));
  if (kind === 'f32') return c.keep(exact('narrow_f32'));
  if (isDouble) {
    fpu.clearC1();
    return f.bits(high);
  }
  const result = c.newLocal('i64');
  const inLine = (slow: string): void => {
    unlikely(c, slow, wide(c).isZero(fpu.limit()));
    const sum = f.add(high, low);
    fpu.rounded({ high: sum, gained: f.sub(f.sub(sum, high), low) });
    c.set(result, f.bits(sum));
  };
  either(o, inLine, () => c.set(result, exact('narrow_f64')));
  return c.get(result);
};

export const exchange = (fpu: FpuRegisters, i: number): void => {
  const [a, b] = [fpu.copy(0), fpu.copy(i)];
  fpu.clearC1();
  fpu.write(0, b);
  fpu.write(i, a);
};

export const loadRegister = (fpu: FpuRegisters, i: number): void => {
  const value = fpu.copy(i);
  fpu.room();
  fpu.push(value);
};

export const storeRegister = (fpu: FpuRegisters, i: number, pop: boolean): void => {
  const value = fpu.copy(0);
  fpu.clearC1();
  fpu.write(i, value);
  if (pop) fpu.pop();
};

export const changeSign = (o: Ops, fpu: FpuRegisters): void => {
  const f = floats(o.c);
  const { high, low, isDouble } = fpu.read(0);
  fpu.clearC1();
  fpu.write(0, { high: f.neg(high), low: f.neg(low), isDouble });
};
export const absolute = (o: Ops, fpu: FpuRegisters): void => {
  const f = floats(o.c);
  const { high, low, isDouble } = fpu.read(0);
  fpu.clearC1();
  const one = o.c.keep(f.const(1));
  fpu.write(0, { high: f.abs(high), low: f.mul(low, f.copysign(one, high)), isDouble });
};

// ---- Comparisons --------------------------------------------------------------------------------------------

const LESS_SHIFT = 8;
const EQUAL_SHIFT = 14;

/** C3, C2 and C0 of ST(0) compared with an operand. */
export const compare = (o: Ops, fpu: FpuRegisters, b: Pair): Val => {
  const { c } = o;
  const f = floats(c);
  const a = fpu.read(0);
  fpu.clearC1();
  const plain = a.isDouble && b.isDouble;
  const x = plain ? a.high : f.sub(a.high, b.high);
  const y = plain ? b.high : f.sub(b.low, a.low);
  const less = f.lt(x, y);
  return c.keep(c.or(c.shl(less, LESS_SHIFT), c.shl(c.xor(less, f.le(x, y)), EQUAL_SHIFT)));
};
