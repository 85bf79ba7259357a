/**
 * The core module: both interpreters, the dispatcher and their helpers, built once through binaryen and then
 * loaded like any wasm file.
 */
import { defineHelpers } from '../helpers.ts';
import { type Callee, ModuleBuilder } from '../wasm/code.ts';
import { defineAnnouncements } from './announcements.ts';
import { defineComplete } from './complete.ts';
import { defineCompleteHelpers } from './complete-memory.ts';
import { defineDispatcher } from './dispatcher.ts';
import { defineHot } from './hot.ts';
import { defineRegionSupport } from './region-support.ts';

/** Passes that pay on the interpreter; the -O levels take ten times as long and gain nothing. */
const PASSES = ['coalesce-locals', 'reorder-locals', 'vacuum'];

/** Builds the module; takes about a second. Exports `run` and `step`. */
export const buildCore = (): Uint8Array => {
  const builder = new ModuleBuilder();
  const helpers = defineCompleteHelpers(builder);
  const named = defineHelpers(builder);
  const helper = (name: string): Callee => {
    const callee = named[name];
    if (!callee) throw new Error(`no helper named ${name}`);
    return callee;
  };
  const step = defineComplete(builder, helpers, helper);
  const hot = { counting: defineHot(builder, 'hot', true), plain: defineHot(builder, 'hotPlain', false) };
  defineAnnouncements(builder);
  defineDispatcher(builder, hot, step);
  for (const callee of [step, ...defineRegionSupport(builder, helpers.imports), ...Object.values(named)]) {
    builder.export(callee);
  }
  if (!builder.module.validate()) throw new Error('the core module is not valid');
  builder.optimize(PASSES, [hot.counting.name, hot.plain.name]);
  const bytes = builder.emit();
  builder.dispose();
  return bytes;
};
