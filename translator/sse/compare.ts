/** Comparisons of one lane, minimum and maximum, and conversions to integers. SDM vol. 2. */
import { STATE } from '../layout.ts';
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import type { Format } from '../x87/float.ts';
import { wide } from '../x87/wide.ts';
import { EXCEPTION } from '../x87/words.ts';
import { KERNEL_PARAMS, type Lane, lane, note } from './lanes.ts';
import { RC_SHIFT } from './words.ts';

/** What a comparison finds: one of these bits. */
export const RELATION = { less: 1, equal: 2, unordered: 4, greater: 8 } as const;

const noteDenormals = (c: Code, a: Lane, b: Lane): void =>
  c.if(c.or(a.denormal, b.denormal), () => note(c, EXCEPTION.DE));

/** A number that orders as the lane does: negative ones mirrored, so that both zeros are 0. */
const ordinal = (c: Code, { magnitude, negative }: Lane): Val => {
  const w = wide(c);
  return w.select(negative, w.sub(0, magnitude), magnitude);
};

/** Notes the exceptions of a comparison and gives the relation. `quiet`: only signaling NaNs are invalid. */
const compared = (c: Code, a: Lane, b: Lane, quiet: Val): Val => {
  const w = wide(c);
  const relation = c.newLocal();
  c.if(
    c.or(a.nan, b.nan),
    () => {
      c.set(relation, c.const(RELATION.unordered));
      c.if(c.or(c.or(a.signaling, b.signaling), c.eqz(quiet)), () => note(c, EXCEPTION.IE));
    },
    () => {
      noteDenormals(c, a, b);
      const [x, y] = [ordinal(c, a), ordinal(c, b)];
      const other = c.select(w.eq(x, y), c.const(RELATION.equal), c.const(RELATION.greater));
      c.set(relation, c.select(w.ltS(x, y), c.const(RELATION.less), other));
    },
  );
  return c.get(relation);
};

/** Relations for which each predicate of CMPPS holds, four bits each. SDM vol. 2, CMPPD, table 3-1. */
const HOLDS = [2, 1, 3, 4, 2 ^ 15, 1 ^ 15, 3 ^ 15, 4 ^ 15].reduce((word, set, n) => word | (set << (4 * n)), 0);
/** Predicates 1, 2, 5 and 6 are invalid for quiet NaNs, too. */
const SIGNALS = 0b0110_0110;

/** (a, b, predicate) → all ones or 0. */
export const defineMask = (builder: ModuleBuilder, format: Format): Callee =>
  builder.define(`sse_cmp_${format.name}`, KERNEL_PARAMS, 'i64', (c, pa, pb, pPredicate) => {
    const w = wide(c);
    const predicate = c.keep(c.and(c.get(pPredicate), 7));
    const a = lane(c, format, c.get(pa));
    const b = lane(c, format, c.get(pb));
    const quiet = c.keep(c.eqz(c.and(c.shrU(SIGNALS, predicate), 1)));
    const relation = compared(c, a, b, quiet);
    const holds = c.and(c.shrU(HOLDS, c.shl(predicate, 2)), relation);
    return w.select(holds, w.const(-1n), w.const(0n));
  });

/** (a, b, quiet) → RELATION, for COMISD and UCOMISD. */
export const defineRelation = (builder: ModuleBuilder, format: Format): Callee =>
  builder.define(`sse_relation_${format.name}`, KERNEL_PARAMS, 'i64', (c, pa, pb, quiet) => {
    const relation = compared(c, lane(c, format, c.get(pa)), lane(c, format, c.get(pb)), c.get(quiet));
    return c.extend64U(relation);
  });

/** (a, b) → a if it is less (greater), else b: equal numbers and NaNs give b as it is. */
export const defineExtreme = (builder: ModuleBuilder, name: 'min' | 'max', format: Format): Callee =>
  builder.define(`sse_${name}_${format.name}`, KERNEL_PARAMS, 'i64', (c, pa, pb) => {
    const w = wide(c);
    const a = lane(c, format, c.get(pa));
    const b = lane(c, format, c.get(pb));
    const relation = compared(c, a, b, c.const(0));
    const wanted = name === 'min' ? RELATION.less : RELATION.greater;
    return w.select(c.eq(relation, wanted), a.bits, b.bits);
  });

const INDEFINITE = 0x8000_0000;
const TRUNCATE = 3;

/** (_, b, truncate) → a signed 32-bit integer, zero-extended. CVTSD2SI, CVTTSD2SI, … `widen` brings singles to doubles. */
export const defineToInteger = (builder: ModuleBuilder, format: Format): Callee =>
  builder.define(`sse_${format.name}_to_integer`, KERNEL_PARAMS, 'i64', (c, _, pb, truncate) => {
    const w = wide(c);
    const given = lane(c, format, c.get(pb));
    const value = c.keep(
      format.bits === 64
        ? c.op1('f64', 'reinterpret', given.bits)
        : c.op1('f64', 'promote', c.op1('f32', 'reinterpret', c.wrap(given.bits))),
    );
    const rounded = c.newLocal('f64');
    const to = (operation: string) => () => c.set(rounded, c.op1('f64', operation, value));
    const mode = c.keep(c.select(c.get(truncate), c.const(TRUNCATE), c.and(c.shrU(c.load(STATE.mxcsr), RC_SHIFT), 3)));
    c.if(
      c.and(mode, 1),
      () => c.if(c.and(mode, 2), to('trunc'), to('floor')),
      () => c.if(mode, to('ceil'), to('nearest')),
    );
    const float = (n: number) => c.make('f64', [], (m) => m.f64.const(n));
    const within = c.and(
      c.op2('f64', 'ge', c.get(rounded), float(-(2 ** 31))),
      c.op2('f64', 'lt', c.get(rounded), float(2 ** 31)),
    );
    c.if(c.eqz(within), () => {
      note(c, EXCEPTION.IE);
      c.return(w.const(BigInt(INDEFINITE)));
    });
    c.if(c.op2('f64', 'ne', c.get(rounded), value), () => note(c, EXCEPTION.PE));
    return w.fromU32(c.op1('i32', 'trunc_s_sat.f64', c.get(rounded)));
  });
