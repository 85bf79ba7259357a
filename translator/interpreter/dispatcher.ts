/**
 * The dispatcher: one loop in wasm that runs regions, the hot interpreter and the complete one, until something
 * needs the runtime. Only it imports the table of region functions.
 */
import {
  EFLAGS,
  JUMP_CACHE,
  JUMP_CACHE_ENTRIES,
  JUMP_ENTRY,
  JUMP_ENTRY_SIZE,
  MODE_HOT,
  MODE_HOT_MASK,
  PAGE_SIZE,
  REQUEST,
  STATE,
} from '../layout.ts';
import type { Callee, Code, ModuleBuilder, Val } from '../wasm/code.ts';
import { HOT_EXIT, REGION_EXIT, RUN_EXIT, STEP } from './exits.ts';

export const REGION_TABLE = 'regions';

/** Slot of a host address in the jump cache; the same in generated code. */
export const jumpSlot = (host: number): number =>
  JUMP_CACHE + ((host ^ (host >>> 14)) & (JUMP_CACHE_ENTRIES - 1)) * JUMP_ENTRY_SIZE;
const jumpSlotOf = (c: Code, host: Val): Val =>
  c.mul(c.and(c.xor(host, c.shrU(host, 14)), JUMP_CACHE_ENTRIES - 1), JUMP_ENTRY_SIZE);

/** Defines `run(threshold) → RUN_EXIT`. */
export const defineDispatcher = (builder: ModuleBuilder, hot: Callee, step: Callee): Callee => {
  builder.importTable(REGION_TABLE, REGION_TABLE, 0);
  return builder.define(
    'run',
    ['i32'],
    'i32',
    (c, threshold) => {
      const reason = c.newLocal();
      const eip = c.newLocal();
      const entry = c.newLocal();
      const host = c.newLocal();
      const slot = c.newLocal();
      const request = c.newLocal();
      const hotSeen = c.newLocal();
      const eip0 = c.newLocal();
      c.set(hotSeen, c.const(0));
      c.set(eip0, c.const(0));
      c.loop('again', () => {
        // What wants attention: interrupts only while IF is set, and nothing in an interrupt shadow.
        c.set(request, c.load(STATE.request));
        c.if(c.get(request), () => {
          const enabled = c.and(c.shrU(c.load(STATE.eflags), Math.log2(EFLAGS.IF)), 1);
          const due = c.and(c.get(request), c.or(enabled, ~REQUEST.interrupt));
          c.if(c.and(c.ne(due, 0), c.eqz(c.load(STATE.shadow))), () => c.return(RUN_EXIT.request));
        });
        c.if(c.leS(c.load(STATE.fuel), 0), () => c.return(RUN_EXIT.fuel));
        c.block('step', () => {
          c.break('step', c.load(STATE.shadow));
          const mode = c.keep(c.load(STATE.mode));
          c.break('step', c.ne(c.and(mode, MODE_HOT_MASK), MODE_HOT));
          c.set(eip, c.load(STATE.eip));
          c.set(entry, c.load(c.add(c.load(STATE.tlbExec), c.shl(c.shrU(c.get(eip), 12), 2))));
          c.break('step', c.eqz(c.get(entry)));
          c.set(host, c.or(c.and(c.get(entry), -PAGE_SIZE), c.and(c.get(eip), PAGE_SIZE - 1)));
          c.set(slot, jumpSlotOf(c, c.get(host)));
          const at = (field: number) => c.load(c.get(slot), 32, JUMP_CACHE + field);
          c.block('interpret', () => {
            c.break('interpret', c.ne(at(JUMP_ENTRY.host), c.get(host)));
            c.break('interpret', c.ne(at(JUMP_ENTRY.eip), c.get(eip)));
            c.break('interpret', c.ne(at(JUMP_ENTRY.mode), c.load(STATE.mode)));
            c.break('interpret', c.gtS(at(JUMP_ENTRY.fuel), c.load(STATE.fuel)));
            c.set(reason, c.callIndirect(REGION_TABLE, at(JUMP_ENTRY.function), [], [], 'i32'));
            c.break('step', c.eq(c.get(reason), REGION_EXIT.slow));
            c.break('again');
          });
          // No region: ask for one if the interpreter has stopped here for heat, else interpret.
          c.if(c.and(c.get(hotSeen), c.eq(c.get(eip0), c.get(eip))), () => {
            c.return(RUN_EXIT.hot);
          });
          c.set(reason, c.call(hot, c.get(threshold)));
          c.if(c.eq(c.get(reason), HOT_EXIT.fuel), () => c.return(RUN_EXIT.fuel));
          c.set(hotSeen, c.eq(c.get(reason), HOT_EXIT.entry));
          c.set(eip0, c.load(STATE.eip));
          c.break('again', c.get(hotSeen));
          // The exit for fuel may have been one for an exhausted count at a page's end; step looks again.
        });
        c.store(STATE.shadow, 0);
        c.set(reason, c.call(step));
        c.if(c.eq(c.get(reason), STEP.fault), () => c.return(RUN_EXIT.fault));
        c.store(STATE.fuel, c.sub(c.load(STATE.fuel), 1));
        c.set(hotSeen, c.const(0));
        c.break('again');
      });
      return undefined;
    },
    true,
  );
};
