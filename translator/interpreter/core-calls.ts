/**
 * Functions of the core module to be called like functions of the host (translator/region/host-call.ts): they do what
 * is frequent, and call the function of the runtime for whatever is more.
 */
import { CR0, CR4 } from '../control-bits.ts';
import { EFLAGS, MODE, STATE } from '../layout.ts';
import { HOST_RESULT } from '../region/host-call.ts';
import type { SystemFunctions } from '../system/index.ts';
import { SLOW } from '../system/plain.ts';
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { defineAnnouncements } from './announcements.ts';

/** By the number under which the runtime's function is called. */
export const CORE_CALLS = [
  /** The doubleword at EDX := EAX, an entry of a page table; flags ECX. */
  'setEntry',
  /** The quadword at ECX := EDX:EAX; flags in the doubleword above the return address. */
  'setLongEntry',
  /** The entry at EAX has been changed. */
  'updateEntry',
  /** Physical page EAX becomes a page table, or is one no more. */
  'replaceTable',
  /** The translation of linear address EAX is void. */
  'invalidatePage',
  /** Lazy mode := EAX. */
  'setLazyMode',
  /** IRET, the frame above the return address. */
  'interruptReturn',
  /** STI and SYSEXIT. */
  'fastReturn',
  /** CLTS. */
  'clearTaskSwitched',
] as const;
export type CoreCall = (typeof CORE_CALLS)[number];
/** Those that go on elsewhere than at their return address. */
export const RETURNS: ReadonlySet<CoreCall> = new Set(['interruptReturn', 'fastReturn']);

/** Defines a call; its body leaves the block SLOW or returns one of HOST_RESULT. */
export type DefineCoreCall = (name: CoreCall, body: (c: Code, frame: Val) => void) => void;

/** Defines and exports them all, by number; the runtime's function is imported as `callRuntime(number, frame)`. */
export const defineCoreCalls = (
  builder: ModuleBuilder,
  system: SystemFunctions,
): { name: CoreCall; callee: Callee }[] => {
  const runtime = builder.importFunction('callRuntime', 'callRuntime', ['i32', 'i32'], 'i32');
  const callees = new Map<CoreCall, Callee>();
  const define: DefineCoreCall = (name, body) => {
    const callee = builder.define(
      name,
      ['i32'],
      'i32',
      (c, frame) => {
        c.block(SLOW, () => body(c, c.get(frame!)));
        return c.call(runtime, CORE_CALLS.indexOf(name), c.get(frame!));
      },
      true,
    );
    callees.set(name, callee);
  };
  defineAnnouncements(builder, define);
  defineReturns(define, system);
  define('clearTaskSwitched', (c) => {
    c.break(SLOW, c.and(c.load(STATE.cr0), CR0.EM));
    c.store(STATE.cr0, c.and(c.load(STATE.cr0), ~CR0.TS));
    const sse = c.select(c.and(c.load(STATE.cr4), CR4.OSFXSR), MODE.noSse, 0);
    c.store(STATE.mode, c.and(c.load(STATE.mode), c.xor(c.or(sse, MODE.noFpu), -1)));
    c.return(HOST_RESULT.done);
  });
  return CORE_CALLS.map((name) => ({ name, callee: callees.get(name)! }));
};

const ESP = STATE.gpr + 4 * 4;

/** The instructions' own functions. */
const defineReturns = (define: DefineCoreCall, { plain }: SystemFunctions): void => {
  define('interruptReturn', (c, frame) => {
    const esp = c.copy(c.load(ESP));
    c.store(ESP, c.add(frame, 4));
    c.if(c.call(plain['iret']!), () => c.return(HOST_RESULT.done));
    c.store(ESP, esp);
  });
  define('fastReturn', (c) => {
    c.if(c.call(plain['sysexit']!), () => {
      c.store(STATE.eflags, c.or(c.load(STATE.eflags), EFLAGS.IF));
      c.return(HOST_RESULT.done);
    });
  });
};
