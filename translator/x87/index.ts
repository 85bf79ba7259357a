/**
 * The x87 FPU as functions of the core module. They work on the registers and words at STATE.fpu…; the tag word is
 * kept with 3 for empty registers and anything else for the rest (their class is worked out where it is stored).
 * A result called `delivered` is 0 when an unmasked exception left registers and memory as they were.
 */
import type { Callee, ModuleBuilder } from '../wasm/code.ts';
import { defineAdd } from './add.ts';
import { defineFloat, defineInteger, defineRegisters, type MemoryForm } from './arithmetic.ts';
import {
  defineCompare,
  defineCompareFlags,
  defineCompareFloat,
  defineCompareInteger,
  defineCompareRegisters,
} from './compare.ts';
import { defineDivide } from './divide.ts';
import { defineExceptions } from './exceptions.ts';
import { defineLoad, defineStore, defineWiden, F32, F64 } from './float.ts';
import { defineLoadInteger, defineRoundToInteger, defineStoreInteger } from './integer.ts';
import { defineMultiply } from './multiply.ts';
import { defineRound } from './round.ts';
import { defineSqrt } from './sqrt.ts';
import { defineStack } from './stack.ts';

/** The six operations in the order of their encoding. */
export const ARITHMETIC = ['add', 'multiply', 'subtract', 'subtractReversed', 'divide', 'divideReversed'] as const;
export type Arithmetic = (typeof ARITHMETIC)[number];

export const defineX87 = (builder: ModuleBuilder) => {
  const exceptions = defineExceptions(builder);
  const stack = defineStack(builder, exceptions);
  const round = defineRound(builder, exceptions);
  const compare = defineCompare(builder, exceptions);
  const widen = { f32: defineWiden(builder, F32), f64: defineWiden(builder, F64) };

  const { add, subtract } = defineAdd(builder, exceptions, round);
  const multiply = defineMultiply(builder, exceptions, round);
  const divide = defineDivide(builder, exceptions, round);
  const forms: Record<Arithmetic, MemoryForm> = {
    add: { kernel: add, reversed: false, divides: false },
    multiply: { kernel: multiply, reversed: false, divides: false },
    subtract: { kernel: subtract, reversed: false, divides: false },
    subtractReversed: { kernel: subtract, reversed: true, divides: false },
    divide: { kernel: divide, reversed: false, divides: true },
    divideReversed: { kernel: divide, reversed: true, divides: true },
  };
  /** One function an arithmetic operation. */
  const each = (define: (name: Arithmetic, form: MemoryForm) => Callee): Record<Arithmetic, Callee> =>
    Object.fromEntries(ARITHMETIC.map((name) => [name, define(name, forms[name])])) as Record<Arithmetic, Callee>;

  return {
    ...exceptions,
    ...stack,
    /** Operations on values; the operand forms below are what instructions call. */
    kernels: { add, subtract, multiply, divide },
    registers: {
      add: defineRegisters(builder, add, stack),
      subtract: defineRegisters(builder, subtract, stack),
      multiply: defineRegisters(builder, multiply, stack),
      divide: defineRegisters(builder, divide, stack),
    },
    f32: each((name, form) => defineFloat(builder, name, form, F32, widen.f32, exceptions, stack)),
    f64: each((name, form) => defineFloat(builder, name, form, F64, widen.f64, exceptions, stack)),
    integer: each((name, form) => defineInteger(builder, name, form, stack)),
    sqrt: defineSqrt(builder, exceptions, round),
    roundToInteger: defineRoundToInteger(builder, exceptions),

    loadF32: defineLoad(builder, F32, exceptions, stack, widen.f32),
    loadF64: defineLoad(builder, F64, exceptions, stack, widen.f64),
    loadInteger: defineLoadInteger(builder, stack),
    storeF32: defineStore(builder, F32, exceptions),
    storeF64: defineStore(builder, F64, exceptions),
    storeInteger: defineStoreInteger(builder, exceptions),

    compareRegisters: defineCompareRegisters(builder, compare, exceptions),
    compareFlags: defineCompareFlags(builder, compare, exceptions),
    compareF32: defineCompareFloat(builder, compare, F32, widen.f32, exceptions),
    compareF64: defineCompareFloat(builder, compare, F64, widen.f64, exceptions),
    compareInteger: defineCompareInteger(builder, compare, exceptions),
  };
};
