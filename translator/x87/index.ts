/**
 * The x87 FPU as functions of the core module. They work on the registers and words at STATE.fpu…; the tag word is
 * kept with 3 for empty registers and anything else for the rest (their class is worked out where it is stored).
 * A result called `delivered` is 0 when an unmasked exception left registers and memory as they were.
 */
import type { Callee } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { defineAdd } from './add.ts';
import { defineArctangent } from './arctangent.ts';
import { defineFloat, defineInteger, defineRegisters, defineUnary, type MemoryForm } from './arithmetic.ts';
import { defineCircular } from './circular.ts';
import {
  defineCompare,
  defineCompareFlags,
  defineCompareFloat,
  defineCompareInteger,
  defineCompareRegisters,
} from './compare.ts';
import { defineControl } from './control.ts';
import { defineDivide } from './divide.ts';
import { defineExceptions } from './exceptions.ts';
import { defineLoad, defineNarrow, defineStore, defineWiden, F32, F64 } from './float.ts';
import {
  defineLoadInteger,
  defineRoundToInteger,
  defineStoreInteger,
  defineToInteger,
  defineTruncated,
} from './integer.ts';
import { defineLogarithm } from './logarithm.ts';
import { defineManipulation } from './manipulate.ts';
import { defineMultiply } from './multiply.ts';
import { definePairs } from './pair-functions.ts';
import { definePower } from './power.ts';
import { defineRemainder } from './remainder.ts';
import { defineRound } from './round.ts';
import { defineExtract, defineScale } from './scale.ts';
import { defineSqrt } from './sqrt.ts';
import { defineStack } from './stack.ts';

/** Defines all; a record by name in the module. */
export const defineX87 = (builder: ModuleBuilder): Record<string, Callee> => {
  const exceptions = defineExceptions(builder);
  const stack = defineStack(builder, exceptions);
  const round = defineRound(builder, exceptions);
  const compare = defineCompare(builder, exceptions);
  const widen = { f32: defineWiden(builder, F32), f64: defineWiden(builder, F64) };

  const { add, subtract } = defineAdd(builder, exceptions, round);
  const multiply = defineMultiply(builder, exceptions, round);
  const divide = defineDivide(builder, exceptions, round);
  const toInteger = defineToInteger(builder, exceptions);
  const truncate = defineTruncated(builder, 'x87_truncate', toInteger);
  const storeInteger = defineStoreInteger(builder, exceptions, toInteger);
  const narrow = { f32: defineNarrow(builder, F32, exceptions), f64: defineNarrow(builder, F64, exceptions) };
  const sqrt = defineSqrt(builder, exceptions, round);
  const forms: Record<string, MemoryForm> = {
    add: { kernel: add, reversed: false, divides: false },
    multiply: { kernel: multiply, reversed: false, divides: false },
    subtract: { kernel: subtract, reversed: false, divides: false },
    subtract_reversed: { kernel: subtract, reversed: true, divides: false },
    divide: { kernel: divide, reversed: false, divides: true },
    divide_reversed: { kernel: divide, reversed: true, divides: true },
  };
  /** One function an arithmetic operation. */
  const each = (define: (name: string, form: MemoryForm) => Callee): Callee[] =>
    Object.entries(forms).map(([name, form]) => define(name, form));

  const all: Callee[] = [
    ...Object.values(exceptions),
    ...Object.values(widen),
    ...Object.values(stack),
    ...[add, subtract, multiply, divide],
    ...[add, subtract, multiply, divide].map((kernel) => defineRegisters(builder, kernel, stack)),
    ...each((name, form) => defineFloat(builder, name, form, F32, widen.f32, exceptions, stack)),
    ...each((name, form) => defineFloat(builder, name, form, F64, widen.f64, exceptions, stack)),
    ...each((name, form) => defineInteger(builder, name, form, stack)),
    sqrt,
    defineUnary(builder, sqrt, stack),
    defineUnary(builder, defineRoundToInteger(builder, exceptions), stack),
    defineLoad(builder, F32, exceptions, stack, widen.f32),
    defineLoad(builder, F64, exceptions, stack, widen.f64),
    defineLoadInteger(builder, stack),
    ...Object.values(narrow),
    defineStore(builder, F32, exceptions, narrow.f32),
    defineStore(builder, F64, exceptions, narrow.f64),
    toInteger,
    storeInteger,
    defineTruncated(builder, 'x87_store_truncated', storeInteger),
    truncate,
    compare,
    ...definePairs(
      builder,
      { add, subtract, multiply, divide, sqrt },
      { narrow_f32: narrow.f32, narrow_f64: narrow.f64, to_integer: toInteger, truncate },
    ),
    defineCompareRegisters(builder, compare, exceptions),
    defineCompareFlags(builder, compare, exceptions),
    defineCompareFloat(builder, compare, F32, widen.f32, exceptions),
    defineCompareFloat(builder, compare, F64, widen.f64, exceptions),
    defineCompareInteger(builder, compare, exceptions),
    defineRemainder(builder, exceptions, round, stack),
    defineScale(builder, exceptions, round, stack),
    defineExtract(builder, exceptions),
    ...defineManipulation(builder, exceptions, stack),
    ...defineControl(builder),
    ...defineCircular(builder, round),
    defineArctangent(builder, round),
    defineLogarithm(builder, round),
    definePower(builder, round),
  ];
  return Object.fromEntries(all.map((callee) => [callee.name, callee]));
};
