/**
 * The x87 FPU as functions of the core module. They work on the registers and words at STATE.fpu…; the tag word is
 * kept with 3 for empty registers and anything else for the rest (their class is worked out where it is stored).
 */
import type { ModuleBuilder } from '../wasm/code.ts';
import { defineAdd } from './add.ts';
import { defineDivide } from './divide.ts';
import { defineExceptions } from './exceptions.ts';
import { defineMultiply } from './multiply.ts';
import { defineRound } from './round.ts';
import { defineSqrt } from './sqrt.ts';

export const defineX87 = (builder: ModuleBuilder) => {
  const exceptions = defineExceptions(builder);
  const round = defineRound(builder, exceptions);
  const kernels = {
    ...defineAdd(builder, exceptions, round),
    multiply: defineMultiply(builder, exceptions, round),
    divide: defineDivide(builder, exceptions, round),
    sqrt: defineSqrt(builder, exceptions, round),
  };
  return { ...kernels };
};
