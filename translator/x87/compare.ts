/** Comparisons. SDM vol. 2, FCOM, FUCOM, FCOMI, FTST; vol. 1, 8.3.6. */
import { STATE } from '../layout.ts';
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { classify, clearC1, type Exceptions } from './exceptions.ts';
import { type Format, widened, widenNormal } from './float.ts';
import { fromInteger } from './integer.ts';
import { isEmpty, popSlot, readSlot, readWords, slot } from './stack.ts';
import type { Encoded } from './unpack.ts';
import { variable, wide } from './wide.ts';
import { CONDITION, EXCEPTION, EXPONENT, EXPONENT_MAX, STACK_UNDERFLOW, STATUS } from './words.ts';

const UNORDERED = CONDITION;
const LESS = STATUS.C0;
const EQUAL = STATUS.C3;
const GREATER = 0;
/** No condition code: an unmasked exception is pending. */
const NO_POP = 1;

/** Orders two numbers; zeros are equal whatever their signs. */
const order = (c: Code, a: Val, aSe: Val, b: Val, bSe: Val): Val => {
  const w = wide(c);
  const exponent = (se: Val): Val => {
    const e = c.keep(c.and(se, EXPONENT));
    // Denormal and pseudo-denormal numbers have the exponent of the smallest normal ones.
    return c.keep(c.select(e, e, c.const(1)));
  };
  const [ae, be] = [exponent(aSe), exponent(bSe)];
  const [aNegative, bNegative] = [c.keep(c.shrU(aSe, 15)), c.keep(c.shrU(bSe, 15))];
  const zeros = w.isZero(w.or(a, b));
  const same = c.and(c.eq(ae, be), w.eq(a, b));
  const equal = c.keep(c.or(zeros, c.and(same, c.eq(aNegative, bNegative))));
  const magnitudeLess = c.or(c.ltU(ae, be), c.and(c.eq(ae, be), w.ltU(a, b)));
  const less = c.keep(c.select(c.eq(aNegative, bNegative), c.xor(magnitudeLess, aNegative), aNegative));
  return c.keep(c.select(equal, c.const(EQUAL), c.select(less, c.const(LESS), c.const(GREATER))));
};

const noPopIf = (c: Code, suppressed: Val, condition: Val): Val =>
  c.or(condition, c.select(suppressed, c.const(NO_POP), c.const(0)));

/**
 * (a, a', b, b', quiet) → C3, C2, C0 of a compared with b, and NO_POP when an unmasked exception forbids a pop (the
 * condition codes are set all the same). A quiet comparison accepts quiet NaNs.
 */
export const defineCompare = (builder: ModuleBuilder, exceptions: Exceptions): Callee =>
  builder.define('x87_compare', ['i64', 'i32', 'i64', 'i32', 'i32'], 'i32', (c, ...p) => {
    const [a, aSe, b, bSe, quiet] = p.map((local) => c.get(local)) as [Val, Val, Val, Val, Val];
    const w = wide(c);
    clearC1(c);
    const ordinary = (se: Val): Val => c.ltU(c.sub(c.and(se, EXPONENT), 1), EXPONENT_MAX);
    const normal = c.and(w.topBit(w.and(a, b)), c.and(ordinary(aSe), ordinary(bSe)));
    c.if(c.eqz(normal), () => {
      const [ca, cb] = [classify(c, a, aSe), classify(c, b, bSe)];
      const unsupported = c.keep(c.or(ca.unsupported, cb.unsupported));
      const unordered = c.keep(c.or(unsupported, c.or(ca.nan, cb.nan)));
      const loud = c.or(unsupported, c.or(ca.signaling, cb.signaling));
      const invalid = c.keep(c.and(unordered, c.or(c.eqz(quiet), loud)));
      c.if(invalid, () => c.return(noPopIf(c, c.call(exceptions.raise, EXCEPTION.IE), c.const(UNORDERED))));
      c.if(unordered, () => c.return(c.const(UNORDERED)));
      const denormal = c.call(exceptions.denormal, a, aSe, b, bSe);
      c.return(noPopIf(c, denormal, order(c, a, aSe, b, bSe)));
    });
    return order(c, a, aSe, b, bSe);
  });

/** Sets C3, C2 and C0 and pops up to two registers. */
const conclude = (c: Code, conditionNow: Val, pops: Val): Val => {
  const condition = c.keep(conditionNow);
  const codes = c.and(condition, CONDITION);
  c.store(STATE.fpuStatus, c.or(c.and(c.load(STATE.fpuStatus), ~CONDITION), codes));
  c.if(c.and(condition, NO_POP), () => c.return(c.const(0)));
  c.if(pops, () => {
    popSlot(c);
    c.if(c.gtU(pops, 1), () => popSlot(c));
  });
  return c.const(1);
};

/** An operand is missing: unordered. */
const missing = (c: Code, exceptions: Exceptions): Val =>
  noPopIf(c, c.call(exceptions.raise, STACK_UNDERFLOW), c.const(UNORDERED));

/** ST(0) compared with ST(index), as x87_compare does. */
const compareSlots = (c: Code, index: Val, quiet: Val, compare: Callee, exceptions: Exceptions): Val => {
  const { status, tag } = readWords(c);
  const [x, y] = [slot(c, 0, status), slot(c, index, status)];
  return c.ifValue(
    'i32',
    c.or(isEmpty(c, x, tag), isEmpty(c, y, tag)),
    () => missing(c, exceptions),
    () => {
      const [a, b] = [readSlot(c, x), readSlot(c, y)];
      return c.call(compare, a.significand, a.signExponent, b.significand, b.signExponent, quiet);
    },
  );
};

/** (index, quiet, pops) → delivered. FCOM, FUCOM of ST(0) with ST(index), and their popping forms. */
export const defineCompareRegisters = (builder: ModuleBuilder, compare: Callee, exceptions: Exceptions): Callee =>
  builder.define('x87_compare_registers', ['i32', 'i32', 'i32'], 'i32', (c, index, quiet, pops) => {
    const condition = compareSlots(c, c.get(index), c.get(quiet), compare, exceptions);
    return conclude(c, condition, c.get(pops));
  });

/** (index, quiet, pop) → CF, PF and ZF as in EFLAGS. FCOMI, FUCOMI. */
export const defineCompareFlags = (builder: ModuleBuilder, compare: Callee, exceptions: Exceptions): Callee =>
  builder.define('x87_compare_flags', ['i32', 'i32', 'i32'], 'i32', (c, index, quiet, pop) => {
    const condition = compareSlots(c, c.get(index), c.get(quiet), compare, exceptions);
    c.if(c.and(c.get(pop), c.eqz(c.and(condition, NO_POP))), () => popSlot(c));
    // C0, C2 and C3 lie in the status word's upper byte where CF, PF and ZF lie in EFLAGS.
    return c.shrU(condition, 8);
  });

/** (bits, pop) → delivered. FCOM m32, FCOM m64. */
export const defineCompareFloat = (
  builder: ModuleBuilder,
  compare: Callee,
  format: Format,
  widen: Callee,
  exceptions: Exceptions,
): Callee =>
  builder.define(`x87_compare_${format.name}`, ['i64', 'i32'], 'i32', (c, bits, pop) => {
    const top = slot(c, 0);
    const condition = c.newLocal();
    const noPop = variable(c, c.const(0));
    const apply = (a: Encoded, b: Encoded): void =>
      c.set(condition, c.call(compare, a.significand, a.signExponent, b.significand, b.signExponent, 0));
    c.if(
      isEmpty(c, top),
      () => c.set(condition, missing(c, exceptions)),
      () => {
        const st = readSlot(c, top);
        const operand = widenNormal(c, format, c.get(bits));
        c.if(
          operand.normal,
          () => apply(st, operand),
          () => {
            c.if(c.call(widen, c.get(bits)), () => {
              const { nan, unsupported } = classify(c, st.significand, st.signExponent);
              c.if(c.eqz(c.or(nan, unsupported)), () =>
                c.set(noPop, noPopIf(c, c.call(exceptions.raise, EXCEPTION.DE), c.const(0))),
              );
            });
            apply(st, widened(c));
          },
        );
      },
    );
    return conclude(c, c.or(c.get(condition), c.get(noPop)), c.get(pop));
  });

/** (value, pop) → delivered. FICOM, and FTST with 0. */
export const defineCompareInteger = (builder: ModuleBuilder, compare: Callee, exceptions: Exceptions): Callee =>
  builder.define('x87_compare_integer', ['i64', 'i32'], 'i32', (c, value, pop) => {
    const top = slot(c, 0);
    const condition = c.ifValue(
      'i32',
      isEmpty(c, top),
      () => missing(c, exceptions),
      () => {
        const [st, operand] = [readSlot(c, top), fromInteger(c, c.get(value))];
        return c.call(compare, st.significand, st.signExponent, operand.significand, operand.signExponent, 0);
      },
    );
    return conclude(c, condition, c.get(pop));
  });
