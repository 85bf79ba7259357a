/**
 * Functions of the host where interpreted code calls them: their traps, done without the runtime once that has taken
 * note of the call (runtime/host-functions.ts).
 */
import { OPERATIONS, type OperationName, type OperationState } from '../host-operations.ts';
import {
  HOST_CALL,
  HOST_CALL_SIZE,
  HOST_CALLS,
  HOST_SITE,
  HOST_SITE_ENTRIES,
  HOST_SITE_SIZE,
  HOST_SITES,
  MODE_HOT,
  MODE_HOT_MASK,
  PAGE_SIZE,
  STATE,
} from '../layout.ts';
import { SLOW, systemHost } from '../system/plain.ts';
import type { Arm, Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { type CoreCall, RETURNS } from './core-calls.ts';

const ESP = STATE.gpr + 4 * 4;
const DONE = 'done';
/** Bytes from one function's trap to the next. */
const SLOT_SIZE = 8;
const NAMES = Object.keys(OPERATIONS) as OperationName[];

/** HOST_CALL.operation: 0 is for the runtime to do, then come the operations, then these functions of the core module. */
export const operationNumber = (name: OperationName): number => 1 + NAMES.indexOf(name);
export const coreCallNumber = (call: number): number => 1 + NAMES.length + call;

/** Host offset of the entry of HOST_SITES for a call's last byte; the same in generated code. */
export const siteSlot = (last: number): number =>
  HOST_SITES + ((last ^ (last >>> 12)) & (HOST_SITE_ENTRIES - 1)) * HOST_SITE_SIZE;
const siteSlotOf = (c: Code, last: Val): Val =>
  c.mul(c.and(c.xor(last, c.shrU(last, 12)), HOST_SITE_ENTRIES - 1), HOST_SITE_SIZE);

/** Leaves unless the runtime knows that this function is called there. */
const requireKnown = (c: Code, last: Val, offset: Val): void => {
  const entry = c.load(c.add(c.load(STATE.tlbExec), c.shl(c.shrU(last, 12), 2)));
  const site = c.copy(siteSlotOf(c, last));
  const differs = (field: number, value: Val) => c.xor(c.load(site, 32, HOST_SITES + field), value);
  const place = c.or(differs(HOST_SITE.last, last), differs(HOST_SITE.entry, entry));
  c.break(SLOW, c.or(place, differs(HOST_SITE.offset, offset)));
};

/** The state in memory. */
const stateIn = (c: Code, timestamp: Callee): OperationState => ({
  c,
  reg: (index) => c.load(STATE.gpr + index * 4),
  setReg: (index, value) => c.store(STATE.gpr + index * 4, value),
  systemFlags: () => c.load(STATE.eflags),
  setSystemFlags: (value) => c.store(STATE.eflags, value),
  timestamp: () => {
    const low = c.copy(c.call(timestamp));
    return { low, high: c.copy(c.load(STATE.scratch)) };
  },
});

/** Defines and exports `operate(number, word)`: one of the operations. */
const defineOperate = (builder: ModuleBuilder): Callee => {
  const timestamp = builder.importFunction('timestamp', 'timestamp', [], 'i32');
  return builder.define(
    'operate',
    ['i32', 'i32'],
    undefined,
    (c, number, word) => {
      const arms = NAMES.map(
        (name): Arm => ({
          label: c.label(name),
          body: () => {
            OPERATIONS[name](stateIn(c, timestamp), c.get(word!));
            c.return();
          },
        }),
      );
      c.block(SLOW, () => c.switchOver(c.get(number!), [SLOW, ...arms.map(({ label }) => label)], SLOW, arms));
      return undefined;
    },
    true,
  );
};

/**
 * Defines `hostTrap(host) → 1`, or 0 with nothing changed where it is the runtime's. `host`: where the instruction at EIP
 * lies, in the page of host functions. `calls`: functions of the core module, by number.
 */
export const defineHostTrap = (
  builder: ModuleBuilder,
  calls: readonly { name: CoreCall; callee: Callee }[],
): Callee => {
  const operate = defineOperate(builder);
  return builder.define('hostTrap', ['i32'], 'i32', (c, host) => {
    c.block(SLOW, () => {
      const offset = c.copy(c.and(c.get(host!), PAGE_SIZE - 1));
      c.break(SLOW, c.or(c.and(offset, SLOT_SIZE - 1), c.load(STATE.cpl)));
      c.break(SLOW, c.ne(c.and(c.load(STATE.mode), MODE_HOT_MASK), MODE_HOT));
      const left = c.copy(c.sub(c.load(STATE.hostCallsLeft), 1));
      c.break(SLOW, c.leS(left, 0));
      const frame = c.copy(c.load(ESP));
      const back = c.copy(c.load(systemHost(c, frame, 4)));
      requireKnown(c, c.copy(c.sub(back, 1)), offset);
      const entry = c.copy(c.mul(offset, HOST_CALL_SIZE / SLOT_SIZE));
      const operation = c.copy(c.load(entry, 32, HOST_CALLS + HOST_CALL.operation));
      c.break(SLOW, c.eqz(operation));
      const counted = () => {
        c.store(STATE.hostCallsLeft, left);
        const at = HOST_CALLS + HOST_CALL.count;
        c.store(entry, c.add(c.load(entry, 32, at), 1), 32, at);
      };
      c.block(DONE, () => {
        c.if(c.ltU(operation, coreCallNumber(0)), () => {
          c.call(operate, operation, c.load(entry, 32, HOST_CALLS + HOST_CALL.argument));
          c.break(DONE);
        });
        const arms = calls.map(
          ({ name, callee }): Arm => ({
            label: c.label(name),
            body: () => {
              c.break(SLOW, c.eqz(c.call(callee, frame)));
              if (!RETURNS.has(name)) c.break(DONE);
              counted();
              c.return(1);
            },
          }),
        );
        c.switchOver(
          c.sub(operation, coreCallNumber(0)),
          arms.map(({ label }) => label),
          SLOW,
          arms,
        );
      });
      c.store(STATE.eip, back);
      c.store(ESP, c.add(frame, 4));
      counted();
      c.return(1);
    });
    return c.const(0);
  });
};
