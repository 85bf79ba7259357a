/**
 * The dispatcher: one loop in wasm that runs regions, the hot interpreter and the complete one, until something
 * needs the runtime.
 */
import {
  ACCESS_EXIT_ENTRIES,
  ACCESS_EXITS,
  COUNTERS,
  DELIVERED,
  EFLAGS,
  JUMP_CACHE,
  JUMP_CACHE_ENTRIES,
  JUMP_ENTRY,
  JUMP_ENTRY_SIZE,
  LINK_DEPTH,
  MODE,
  MODE_HOT,
  MODE_HOT_MASK,
  MODE_KEY,
  PAGE_SIZE,
  REQUEST,
  STATE,
} from '../layout.ts';
import { Link, REGION_PARAMS, REGION_TABLE } from '../links.ts';
import { WIDE } from '../region/copies.ts';
import { GATE } from '../system/gates.ts';
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { HOT_EXIT, REGION_EXIT, RUN_EXIT, STEP } from './exits.ts';
import { heatUp } from './hot.ts';

/** The two slots that a host address may have in the jump cache; the same in generated code. */
export const jumpSlots = (host: number, mode: number): readonly [number, number] => {
  const offset = ((host ^ (host >>> 14) ^ mode) & (JUMP_CACHE_ENTRIES - 1)) * JUMP_ENTRY_SIZE;
  return [JUMP_CACHE + offset, JUMP_CACHE + (offset ^ JUMP_ENTRY_SIZE)];
};
const jumpSlotOf = (c: Code, host: Val, mode: Val): Val =>
  c.mul(c.and(c.xor(c.xor(host, c.shrU(host, 14)), mode), JUMP_CACHE_ENTRIES - 1), JUMP_ENTRY_SIZE);

const ESP = STATE.gpr + 4 * 4;
/** The threshold that no count reaches. */
const NEVER = 0x7fff_ffff;

/** Bytes of no instruction. */
const LONGEST = 16;
/** Where a region leaves off weighs more: going over to the interpreter and back costs as much as many instructions. */
const LEFT_OFF = 8;

/** No region needs more fuel to go on: where it is lower, regions leave for that. */
const LOW_FUEL = WIDE.most;

/** Counts one region executed, and the instructions it has used. */
const countTransfer = (c: Code, instructions: Val): void => {
  const used = c.keep(instructions);
  c.store(COUNTERS.translatedInstructions, c.add(c.load(COUNTERS.translatedInstructions), used));
  c.store(COUNTERS.transfers, c.add(c.load(COUNTERS.transfers), 1));
};

/** Counts that a region has been left for an access; non-zero when that is once too often. */
const countAccessExit = (c: Code): Val => {
  const eip = c.copy(c.load(STATE.leftBy));
  const slot = c.keep(c.shl(c.and(c.xor(eip, c.shrU(eip, 10)), ACCESS_EXIT_ENTRIES - 1), 2));
  const count = c.copy(c.add(c.load(slot, 32, ACCESS_EXITS), 1));
  const isTooMuch = c.copy(c.geU(count, c.load(STATE.patience)));
  c.store(slot, c.select(isTooMuch, 0, count), 32, ACCESS_EXITS);
  return isTooMuch;
};

/** Faults that need nothing but a gate: #MF may go to the board, #DB and the rest are the runtime's. */
const PLAIN_FAULTS = [0, 5, 6, 7, 10, 11, 12, 13, 14, 17, 19].reduce((set, vector) => set | (1 << vector), 0);

/** Delivers the fault that has been recorded; returns to the runtime where there is more to it. */
const deliver = (c: Code, gate: Callee): void => {
  const vector = c.copy(c.load(STATE.faultVector));
  const code = c.copy(c.load(STATE.faultCode));
  const plain = c.and(c.ltU(vector, 32), c.shrU(PLAIN_FAULTS, vector));
  c.if(c.eqz(c.and(plain, 1)), () => c.return(RUN_EXIT.fault));
  const what = c.select(c.eq(code, -1), GATE.resume, GATE.resume | GATE.code);
  const eip = c.load(STATE.eip);
  c.if(c.eqz(c.call(gate, vector, code, what, eip)), () => c.return(RUN_EXIT.fault));
  c.store(STATE.faultVector, -1);
  const slot = c.shl(vector, 2);
  c.store(slot, c.add(c.load(c.shl(vector, 2), 32, DELIVERED), 1), 32, DELIVERED);
};

/** Defines `run(threshold) → RUN_EXIT`; `executed` hears of the instructions of the complete interpreter. */
export const defineDispatcher = (
  builder: ModuleBuilder,
  hot: { counting: Callee; plain: Callee },
  { step, hostTrap, gate }: { step: Callee; hostTrap: Callee; gate: Callee },
  executed?: Callee,
): Callee => {
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
      const fuel = c.newLocal();
      // Where the interpreter has just stopped for heat, and whether control came from a region.
      const hotEip = c.newLocal();
      const isHot = c.newLocal();
      const fromRegion = c.newLocal();
      // Whether the complete interpreter has just executed the instruction before.
      const isBehindStep = c.newLocal();
      const executedOne = () => {
        c.store(STATE.fuel, c.sub(c.load(STATE.fuel), 1));
        if (executed) c.call(executed, c.get(eip), 1);
        c.set(isHot, c.const(0));
      };
      c.set(isHot, c.const(0));
      c.set(hotEip, c.const(0));
      c.set(fromRegion, c.const(0));
      c.set(isBehindStep, c.const(0));
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
          const mode = c.keep(c.and(c.load(STATE.mode), MODE_KEY));
          c.break('step', c.ne(c.and(mode, MODE_HOT_MASK), MODE_HOT));
          // From region to region: where requests or the mode may have changed, a region says so.
          c.loop('look', () => {
            c.set(fuel, c.load(STATE.fuel));
            c.if(c.leS(c.get(fuel), 0), () => c.return(RUN_EXIT.fuel));
            c.set(eip, c.load(STATE.eip));
            const link = new Link(c, c.get(eip));
            c.set(entry, link.entry());
            c.break('step', c.eqz(c.get(entry)));
            c.block('interpret', () => {
              c.block('missing', () => {
                c.if(link.misses(mode, c.get(entry)), () => {
                  c.set(host, c.or(c.and(c.get(entry), -PAGE_SIZE), c.and(c.get(eip), PAGE_SIZE - 1)));
                  c.set(slot, jumpSlotOf(c, c.get(host), mode));
                  const at = (field: number) => c.load(c.get(slot), 32, JUMP_CACHE + field);
                  const differs = () => {
                    const place = c.or(c.xor(at(JUMP_ENTRY.host), c.get(host)), c.xor(at(JUMP_ENTRY.eip), c.get(eip)));
                    return c.or(place, c.xor(at(JUMP_ENTRY.mode), mode));
                  };
                  c.if(differs(), () => {
                    c.set(slot, c.xor(c.get(slot), JUMP_ENTRY_SIZE));
                    c.break('missing', differs());
                  });
                  link.make(mode, c.get(entry), c.copy(at(JUMP_ENTRY.function)));
                });
                const args = [c.load(ESP), LINK_DEPTH];
                const [goesOn, esp] = c.callIndirectPair(REGION_TABLE, link.function(), REGION_PARAMS, args);
                c.store(STATE.eip, goesOn);
                c.store(ESP, esp);
                c.set(fromRegion, c.const(1));
                c.set(isBehindStep, c.const(0));
                const left = c.keep(c.load(STATE.fuel));
                c.if(c.ltS(left, LOW_FUEL), () => {
                  c.if(c.eqz(c.load(STATE.fuelLowAt)), () => c.store(STATE.fuelLowAt, goesOn));
                });
                const used = c.keep(c.sub(c.get(fuel), left));
                c.if(used, () => countTransfer(c, used));
                c.set(reason, c.load(STATE.leaving));
                c.if(c.get(reason), () => {
                  c.store(STATE.leaving, REGION_EXIT.next);
                  c.if(c.eq(c.get(reason), REGION_EXIT.access), () => {
                    c.if(countAccessExit(c), () => c.return(RUN_EXIT.access));
                    c.break('step');
                  });
                  c.break('step', c.eq(c.get(reason), REGION_EXIT.slow));
                  c.break('again');
                });
                c.break('look', used);
                // Too little fuel for the region: the interpreter uses up the rest, whatever is hot.
                c.set(reason, c.call(hot.counting, NEVER));
                c.break('interpret');
              });
              c.if(c.and(c.get(isHot), c.eq(c.get(hotEip), c.get(eip))), () => c.return(RUN_EXIT.hot));
              c.if(c.leS(c.get(threshold), 0), () => c.return(RUN_EXIT.hot));
              // The interpreter counts what it jumps to; where regions leave off is counted here.
              c.if(c.get(fromRegion), () => {
                const count = c.copy(heatUp(c, c.get(host), LEFT_OFF));
                c.if(c.geS(count, c.get(threshold)), () => c.return(RUN_EXIT.hot));
              });
              c.set(fromRegion, c.const(0));
              // The hot interpreter counts where it starts, as if that had been jumped to.
              c.if(c.get(isBehindStep), () => heatUp(c, c.get(host), -1));
              c.set(isBehindStep, c.const(0));
              c.if(
                c.eq(c.get(threshold), NEVER),
                () => c.set(reason, c.call(hot.plain, NEVER)),
                () => c.set(reason, c.call(hot.counting, c.get(threshold))),
              );
            });
            c.if(c.eq(c.get(reason), HOT_EXIT.fuel), () => c.return(RUN_EXIT.fuel));
            c.set(isHot, c.eq(c.get(reason), HOT_EXIT.entry));
            c.set(hotEip, c.load(STATE.eip));
            c.break('again', c.get(isHot));
          });
        });
        // A region that could not go on may have used up the fuel.
        c.if(c.leS(c.load(STATE.fuel), 0), () => c.return(RUN_EXIT.fuel));
        // An instruction may have set TF or a breakpoint: who observes them is the runtime.
        c.if(c.and(c.load(STATE.mode), MODE.debug), () => c.return(RUN_EXIT.request));
        c.store(STATE.shadow, 0);
        c.set(eip, c.load(STATE.eip));
        c.set(entry, c.load(c.add(c.load(STATE.tlbExec), c.shl(c.shrU(c.get(eip), 12), 2))));
        const page = c.copy(c.and(c.get(entry), -PAGE_SIZE));
        const isHostCall = c.copy(c.and(c.ne(page, 0), c.eq(page, c.load(STATE.hostPage))));
        c.if(isHostCall, () =>
          c.if(c.call(hostTrap, c.or(page, c.and(c.get(eip), PAGE_SIZE - 1))), () => {
            executedOne();
            c.break('again');
          }),
        );
        c.set(reason, c.call(step));
        c.if(c.eq(c.get(reason), STEP.fault), () => {
          deliver(c, gate);
          c.set(isHot, c.const(0));
          c.set(fromRegion, c.const(1));
          c.break('again');
        });
        executedOne();
        // Behind what only the interpreter leaves to others, a call of the host too, no region need begin.
        const goesOn = c.or(isHostCall, c.ltU(c.sub(c.load(STATE.eip), c.get(eip)), LONGEST));
        c.set(isBehindStep, goesOn);
        c.if(c.eqz(c.get(isBehindStep)), () => c.set(fromRegion, c.const(1)));
        c.break('again');
      });
      return undefined;
    },
    true,
  );
};
