/**
 * Privileged and system instructions in generated code: what a flat protected-mode kernel does all the time. Each is
 * one function of the core module, `() → 1`, or 0 where the runtime has to do it, and is used by all engines: the
 * complete interpreter tries it before the runtime's function of the same name, and regions end at such instructions.
 */
import type { Callee } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { defineFastCalls } from './fast-calls.ts';
import { defineGate } from './gates.ts';
import { defineReturn } from './returns.ts';
import { defineLoadSegment } from './segments.ts';
import { defineTimestamp } from './timestamp.ts';

export interface SystemFunctions {
  /** By the runtime's name of the instruction: those without operands. */
  readonly plain: Readonly<Record<string, Callee>>;
  readonly gate: Callee;
  readonly loadSegment: Callee;
}

export const defineSystemFunctions = (builder: ModuleBuilder): SystemFunctions => ({
  plain: { ...defineFastCalls(builder), iret: defineReturn(builder), rdtsc: defineTimestamp(builder) },
  gate: defineGate(builder),
  loadSegment: defineLoadSegment(builder),
});
