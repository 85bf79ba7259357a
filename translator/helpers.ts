/** Functions of the core module that semantics call by name, from either binding. */
import { defineSse } from './sse/index.ts';
import type { Callee } from './wasm/code.ts';
import type { ModuleBuilder } from './wasm/module.ts';
import { defineX87 } from './x87/index.ts';

export const defineHelpers = (builder: ModuleBuilder): Record<string, Callee> => {
  const x87 = defineX87(builder);
  return { ...x87, ...defineSse(builder, x87) };
};
