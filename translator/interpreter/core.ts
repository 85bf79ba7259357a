/**
 * The core module: both interpreters, the dispatcher and their helpers, built once through binaryen and then
 * loaded like any wasm file.
 */
import { defineHelpers } from '../helpers.ts';
import { ARMS, type HotKind } from '../layout.ts';
import { defineSystemFunctions } from '../system/index.ts';
import type { Callee } from '../wasm/code.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import { defineComplete } from './complete.ts';
import { defineCompleteHelpers } from './complete-memory.ts';
import { defineCoreCalls } from './core-calls.ts';
import { defineDispatcher } from './dispatcher.ts';
import { defineHostTrap } from './host-traps.ts';
import { defineHot } from './hot.ts';
import { planArms } from './hot-arms.ts';
import { defineRegionSupport } from './region-support.ts';
import { defineRepetitions, defineStringPieces } from './string-pieces.ts';

/** Passes that pay on the interpreter; the -O levels take ten times as long and gain nothing. */
const PASSES = ['coalesce-locals', 'reorder-locals', 'vacuum'];

/**
 * Builds the module; takes about a second. Exports `run` and `step`. With `exact` it imports `executed(eip, times)`, and
 * calls it for every instruction of the interpreters; -1 times takes one back.
 */
export const buildCore = (exact = false): Uint8Array => {
  const tables = (Object.keys(ARMS) as HotKind[]).map((kind) => {
    return { at: ARMS[kind], bytes: new Uint8Array(planArms(kind).byPair.buffer) };
  });
  const builder = new ModuleBuilder(false, tables);
  const executed = exact ? builder.importFunction('executed', 'executed', ['i32', 'i32']) : undefined;
  const helpers = defineCompleteHelpers(builder);
  const named = defineHelpers(builder);
  const helper = (name: string): Callee => {
    const callee = named[name];
    if (!callee) throw new Error(`no helper named ${name}`);
    return callee;
  };
  const system = defineSystemFunctions(builder);
  const [hostForRead, hostForWrite] = defineRegionSupport(builder, helpers.imports);
  const hosts = { hostForRead: hostForRead!, hostForWrite: hostForWrite! };
  const pieces = defineStringPieces(builder, hosts);
  const step = defineComplete(builder, helpers, helper, { ...system, repeated: defineRepetitions(builder, pieces) });
  const hot = {
    counting: defineHot(builder, 'hot', 'counting', executed),
    plain: defineHot(builder, 'hotPlain', 'plain', executed),
  };
  const hostTrap = defineHostTrap(builder, defineCoreCalls(builder, system));
  defineDispatcher(builder, hot, { step, hostTrap, gate: system.gate }, executed);
  for (const callee of [step, ...[hosts, pieces, named].flatMap((functions) => Object.values(functions))]) {
    builder.export(callee);
  }
  if (!builder.module.validate()) throw new Error('the core module is not valid');
  builder.optimize(PASSES, [hot.counting.name, hot.plain.name]);
  const bytes = builder.emit();
  builder.dispose();
  return bytes;
};
