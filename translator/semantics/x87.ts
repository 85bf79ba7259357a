/** The x87 instructions: operands fetched and stored around the functions of translator/x87. SDM vol. 2, chapter 3. */
import { CR0 } from '../control-bits.ts';
import { wordFlags } from '../flags.ts';
import { MODE, STATE } from '../layout.ts';
import { VECTOR } from '../vectors.ts';
import type { Operand, Val } from '../wasm/code.ts';
import { STORE } from '../x87/manipulate.ts';
import { floats, type Pair } from '../x87/pair.ts';
import { BIAS, RESULT, STATUS } from '../x87/words.ts';
import type { Ops, Semantics } from './ops.ts';
import type { Refusal } from './vector-operations.ts';
import type { FpuRegisters } from './x87-operations.ts';
import * as usual from './x87-usual.ts';

type MemoryKind = usual.MemoryKind;

/** CR0.MP and TS: FWAIT raises #NM only where both are set. SDM vol. 3, 2.5. */
const CR0_MP_TS = CR0.MP | CR0.TS;
const NOT_AVAILABLE: Refusal = { word: STATE.cr0, bits: CR0.EM | CR0.TS, vector: VECTOR.NM };

const call = (o: Ops, name: string, ...args: Operand[]): Val => o.callFpu(o.helper(`x87_${name}`), ...args);

/** #MF for an exception that an earlier instruction left pending; with CR0.NE clear the runtime makes FERR# of it. */
export const raisePending = (o: Ops): void => {
  const { c, fpu } = o;
  if (fpu) fpu.raisePending();
  else o.raiseIf(c.and(c.load(STATE.fpuStatus), STATUS.ES), VECTOR.MF);
};

/** An instruction that does not wait: control instructions with FN. */
const immediate =
  (body: Semantics): Semantics =>
  (o) => {
    o.require(MODE.noFpu, [NOT_AVAILABLE]);
    body(o);
  };

/** One that takes pending exceptions first, but is a control instruction itself. */
const waiting = (body: Semantics): Semantics =>
  immediate((o) => {
    raisePending(o);
    body(o);
  });

/** Either on registers in locals, or by the functions that find them in memory. */
const either =
  (inLocals: (o: Ops, fpu: FpuRegisters) => void, inMemory: Semantics): Semantics =>
  (o) => {
    if (o.fpu) inLocals(o, o.fpu);
    else inMemory(o);
  };
/** Place of operand k in the register stack, where that is known. */
const place = (o: Ops, operand: number): number => o.stackIndex(operand).constant as number;

/** A numeric instruction without memory operand. */
const numeric = (body: Semantics): Semantics =>
  waiting((o) => {
    o.recordPointers();
    body(o);
  });

// ---- Memory operands ----------------------------------------------------------------------------------------

/** Memory operand 0 as the functions take it: the bits of a float, or an integer of 64 bits. */
const operand = (o: Ops, kind: MemoryKind): Val => {
  const { c } = o;
  if (kind === 'f64' || kind === 'i64') return c.keep(o.get64(0));
  if (kind === 'f32') return c.keep(c.extend64U(o.get(0)));
  return c.keep(c.extend64S(c.signExtend(o.get(0), kind === 'i16' ? 16 : 32)));
};
const suffix = (kind: MemoryKind): string => (kind.startsWith('i') ? 'integer' : kind);

/** A numeric instruction with a memory operand that it reads. */
const reading = (kind: MemoryKind, body: (o: Ops, value: Val) => void): Semantics =>
  waiting((o) => {
    const value = operand(o, kind);
    o.recordPointers();
    body(o, value);
  });

/** A store: `convert` leaves the result at RESULT, or gives 0 where there is none. */
const storing = (convert: (o: Ops) => Val, put: Semantics, pop: boolean, inLocals: Semantics): Semantics =>
  waiting((o) => {
    o.openForWriting(0);
    o.recordPointers();
    if (o.fpu) {
      inLocals(o);
      if (pop) o.fpu.pop();
      return;
    }
    o.when(convert(o), () => {
      put(o);
      if (pop) call(o, 'pop');
    });
  });

const putValue = (o: Ops, kind: MemoryKind, value: Val): void => {
  if (kind === 'f64' || kind === 'i64') o.set64(0, value);
  else o.set(0, o.c.wrap(value));
};
const put = (o: Ops, kind: MemoryKind): void => putValue(o, kind, o.c.keep(o.c.loadAs('i64', o.c.const(RESULT))));

// ---- Arithmetic ---------------------------------------------------------------------------------------------

/** ST(0) := ST(0) op memory. */
export const arithmeticMemory = ({ kernel, reversed }: Operation, kind: MemoryKind): Semantics =>
  reading(kind, (o, value) => {
    const { fpu } = o;
    if (!fpu) {
      call(o, `${kernel}${reversed ? '_reversed' : ''}_${suffix(kind)}`, value);
      return;
    }
    const operands = [fpu.read(0), usual.memoryOperand(o, fpu, kind, value)];
    usual.arithmetic(o, fpu, kernel, 0, reversed ? operands.reverse() : operands);
  });

export interface Operation {
  /** add, subtract, multiply, divide. */
  readonly kernel: string;
  /** Operand 1 op operand 0 instead of operand 0 op operand 1. */
  readonly reversed: boolean;
}
export interface RegisterForm extends Operation {
  readonly pop: boolean;
}
/** Operand 0 := operand 0 op operand 1. */
export const arithmeticRegisters = ({ kernel, reversed, pop }: RegisterForm): Semantics =>
  numeric((o) => {
    const { fpu } = o;
    if (fpu) {
      const operands = [0, 1].map((k) => fpu.read(place(o, k)));
      usual.arithmetic(o, fpu, kernel, place(o, 0), reversed ? operands.reverse() : operands);
      if (pop) fpu.pop();
      return;
    }
    const [destination, source] = [o.c.keep(o.stackIndex(0)), o.c.keep(o.stackIndex(1))];
    const [a, b] = reversed ? [source, destination] : [destination, source];
    call(o, `${kernel}_registers`, destination, a, b, Number(pop));
  });

/** One function with constant arguments. */
export const invoke = (name: string, ...args: Operand[]): Semantics => numeric((o) => call(o, name, ...args));
/** The same for a control instruction: no pointers recorded; `wait` for those without N in their name. */
export const control = (name: string, wait: boolean, ...args: Operand[]): Semantics =>
  (wait ? waiting : immediate)((o) => call(o, name, ...args));

/** Pushes a constant that the format holds. */
export const exactConstant = (significand: bigint, exponent: number): Semantics =>
  numeric(
    either(
      (o, fpu) => {
        fpu.room();
        const value = Number(significand) * 2 ** (exponent - BIAS - 63);
        fpu.push({ high: o.c.keep(floats(o.c).const(value)), low: usual.zero(o), isDouble: true });
      },
      (o) => call(o, 'push', o.c.const64(significand), exponent),
    ),
  );
/** FSQRT. */
export const squareRoot: Semantics = numeric(
  either(
    (o, fpu) => usual.arithmetic(o, fpu, 'sqrt', 0, [fpu.read(0)]),
    (o) => call(o, 'sqrt_top'),
  ),
);
/** FABS (keep 0, flip 0), FCHS (SIGN, SIGN): the sign bit := sign & keep ^ flip. */
export const sign = (keep: number, flip: number): Semantics =>
  numeric(
    either(
      (o, fpu) => (flip ? usual.changeSign : usual.absolute)(o, fpu),
      (o) => call(o, 'sign', keep, flip),
    ),
  );
/** Pushes another constant: its significand rounded down, and whether nearest is above. */
export const constant = (significand: bigint, exponent: number, up: boolean): Semantics =>
  numeric((o) => call(o, 'constant', o.c.const64(significand), exponent, Number(up)));

// ---- Loads, stores, moves -----------------------------------------------------------------------------------

export const load = (kind: MemoryKind): Semantics =>
  reading(kind, (o, value) => {
    if (o.fpu) usual.load(o, o.fpu, kind, value);
    else call(o, `load_${suffix(kind)}`, value);
  });
export const loadExtended: Semantics = waiting((o) => {
  const significand = o.c.keep(o.get64(0));
  const signExponent = o.c.keep(o.getExponent(0));
  o.recordPointers();
  if (o.fpu) usual.loadExtended(o, o.fpu, significand, signExponent);
  else call(o, 'push', significand, signExponent);
});
/** FLD ST(i). */
export const loadRegister: Semantics = numeric(
  either(
    (o, fpu) => usual.loadRegister(fpu, place(o, 0)),
    (o) => call(o, 'load_register', o.stackIndex(0)),
  ),
);
/** FST ST(i), FSTP ST(i): `how` as in STORE. */
export const storeRegister = (how: number): Semantics =>
  numeric(
    either(
      (o, fpu) => usual.storeRegister(fpu, place(o, 0), how !== STORE.keep),
      (o) => call(o, 'store_register', o.stackIndex(0), how),
    ),
  );
/** FXCH. */
export const exchange: Semantics = numeric(
  either(
    (o, fpu) => usual.exchange(fpu, place(o, 0)),
    (o) => call(o, 'exchange', o.stackIndex(0)),
  ),
);

const INTEGER_BITS: Record<MemoryKind, number> = { f32: 0, f64: 0, i16: 16, i32: 32, i64: 64 };
export const store = (kind: MemoryKind, pop: boolean): Semantics =>
  storing(
    (o) => {
      const bits = INTEGER_BITS[kind];
      return bits ? call(o, 'store_integer', bits) : call(o, `store_${kind}`);
    },
    (o) => put(o, kind),
    pop,
    (o) => putValue(o, kind, usual.stored(o, o.fpu!, kind, false)),
  );
/** FISTTP. */
export const storeTruncated = (kind: 'i16' | 'i32' | 'i64'): Semantics =>
  storing(
    (o) => call(o, 'store_truncated', INTEGER_BITS[kind]),
    (o) => put(o, kind),
    true,
    (o) => putValue(o, kind, usual.stored(o, o.fpu!, kind, true)),
  );
const putExtended: Semantics = (o) => {
  const { c } = o;
  const signExponent = c.keep(c.load(RESULT, 16, 8));
  o.set64(0, c.keep(c.loadAs('i64', c.const(RESULT))));
  o.setExponent(0, signExponent);
};
export const storeExtended: Semantics = storing(
  (o) => call(o, 'store_extended'),
  (o) => putExtended(o),
  true,
  (o) => {
    const { high, low } = o.fpu!.read(0);
    o.fpu!.clearC1();
    o.c.call(o.helper('x87_write_pair'), RESULT, high, low);
    putExtended(o);
  },
);

/** FFREE: a control instruction. */
export const free = (pop: boolean): Semantics => waiting((o) => call(o, 'free', o.stackIndex(0), Number(pop)));

/** FCMOVcc. */
export const moveIf: Semantics = numeric((o) => {
  const condition = o.c.keep(o.condition(o.conditionCode));
  call(o, 'move_if', o.stackIndex(1), condition);
});

// ---- Comparisons --------------------------------------------------------------------------------------------

/** Compares in locals, and pops. */
const compareInLocals = (o: Ops, fpu: FpuRegisters, operand: Pair, pops: number): Val => {
  const condition = usual.compare(o, fpu, operand);
  for (let n = 0; n < pops; n++) fpu.pop();
  return condition;
};

export const compareMemory = (kind: MemoryKind, pop: boolean): Semantics =>
  reading(kind, (o, value) => {
    const { fpu } = o;
    if (fpu) {
      const operand = usual.memoryOperand(o, fpu, kind, value);
      fpu.setCondition(compareInLocals(o, fpu, operand, Number(pop)));
    } else call(o, `compare_${suffix(kind)}`, value, Number(pop));
  });
/** FCOM, FUCOM of ST(0) with ST(i): operand 1, or ST(1). */
export const compareRegisters = (quiet: boolean, pops: number): Semantics =>
  numeric((o) => {
    const { fpu } = o;
    if (fpu) {
      const operand = fpu.read(pops === 2 ? 1 : place(o, 1));
      fpu.setCondition(compareInLocals(o, fpu, operand, pops));
    } else call(o, 'compare_registers', pops === 2 ? 1 : o.stackIndex(1), Number(quiet), pops);
  });
/** FTST. */
export const test: Semantics = numeric((o) => {
  const { c, fpu } = o;
  if (fpu) {
    const zero = usual.zero(o);
    fpu.setCondition(compareInLocals(o, fpu, { high: zero, low: zero, isDouble: true }, 0));
  } else call(o, 'compare_integer', c.const64(0n), 0);
});

/** FCOMI, FUCOMI: ZF, PF and CF from the comparison; OF, SF and AF cleared. */
export const compareFlags = (quiet: boolean, pop: boolean): Semantics =>
  numeric((o) => {
    const { c, fpu } = o;
    // C0, C2 and C3 lie in the status word's upper byte where CF, PF and ZF lie in EFLAGS.
    const flags = fpu
      ? c.keep(c.shrU(compareInLocals(o, fpu, fpu.read(place(o, 1)), Number(pop)), 8))
      : call(o, 'compare_flags', o.stackIndex(1), Number(quiet), Number(pop));
    o.define(wordFlags(c, flags));
  });

// ---- Control ------------------------------------------------------------------------------------------------

export const loadControl: Semantics = waiting((o) => call(o, 'load_control', o.get(0)));
export const storeControl: Semantics = immediate((o) => o.set(0, o.c.load(STATE.fpuControl)));
export const storeStatus: Semantics = immediate((o) =>
  o.set(0, o.fpu ? o.fpu.statusWord() : o.c.load(STATE.fpuStatus)),
);

const TAKES_TWO = new Set(['fpatan', 'fyl2x']);
/** What they add to TOP. */
const MOVES: Readonly<Record<string, number>> = { fpatan: 1, fyl2x: 1, fsincos: -1 };

/** One of the transcendental functions; the runtime's own does what generated code refuses. */
export const transcendental = (name: string): Semantics =>
  waiting((o) => {
    if (o.fpu) {
      o.fpu.callOnTop(o.helper(`x87_${name}`), TAKES_TWO.has(name) ? 2 : 1, MOVES[name] ?? 0);
      o.recordPointers();
      return;
    }
    const done = call(o, name);
    o.c.if(o.c.eqz(done), () => o.host());
    o.recordPointers();
  });

/** FWAIT. */
export const wait: Semantics = (o) => {
  const { c } = o;
  o.raiseIf(c.eq(c.and(c.load(STATE.cr0), CR0_MP_TS), CR0_MP_TS), VECTOR.NM);
  raisePending(o);
};
/** FNOP. */
export const nop: Semantics = numeric(() => {});
/** FENI, FDISI, FSETPM: nothing since the 287. */
export const nothing: Semantics = immediate(() => {});
