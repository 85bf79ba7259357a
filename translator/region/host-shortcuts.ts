/**
 * What functions of the host mostly come to, done in line before one is called: announcements of page-table entries from
 * which nothing has been translated, or which are looked at later. translator/interpreter/announcements.ts does the same
 * and the rest; nothing here changes what is mapped.
 */
import { hostOf, isUsed } from '../interpreter/tlb.ts';
import { ANNOUNCED, CHANGED_ENTRIES, CHANGED_LIMIT, STATE } from '../layout.ts';
import { ENTRY } from '../page-entry.ts';
import type { Code, Val } from '../wasm/code.ts';

const EAX = 0;
const ECX = 1;
const EDX = 2;

/** What a shortcut is built from. */
export interface ShortcutState {
  readonly c: Code;
  reg(index: number): Val;
  /** Linear address of the doubleword above the return address. */
  argument(): Val;
}

/** Does all of the call, or goes to `call` with nothing changed. */
type Shortcut = (o: ShortcutState, call: string) => void;

/** A new entry that no program waits for, where there was none. */
const requireQuiet = ({ c }: ShortcutState, host: Val, flags: Val, call: string): void => {
  const wanted = c.eq(c.and(flags, ANNOUNCED.wantedSoon), ANNOUNCED.wantedSoon);
  c.break(call, c.or(wanted, c.and(c.load(host), ENTRY.present)));
};

export const SHORTCUTS = {
  setEntry: (o, call) => {
    const { c } = o;
    const host = hostOf(c, STATE.tlbWrite, o.reg(EDX), 4, call);
    requireQuiet(o, host, o.reg(ECX), call);
    c.store(host, o.reg(EAX));
  },
  setLongEntry: (o, call) => {
    const { c } = o;
    const host = hostOf(c, STATE.tlbWrite, o.reg(ECX), 8, call);
    const flags = c.copy(c.load(hostOf(c, STATE.tlbRead, o.argument(), 4, call)));
    requireQuiet(o, host, flags, call);
    c.store(host, o.reg(EAX));
    c.store(host, o.reg(EDX), 32, 4);
  },
  updateEntry: (o, call) => {
    const { c } = o;
    const host = hostOf(c, STATE.tlbRead, o.reg(EAX), 4, call);
    c.if(isUsed(c, host), () => {
      const count = c.copy(c.load(STATE.queued));
      const isLate = c.eq(c.load(STATE.lazyMode), ANNOUNCED.lazyMmu);
      c.break(call, c.eqz(c.and(isLate, c.ltU(count, CHANGED_LIMIT))));
      c.store(c.shl(count, 2), host, 32, CHANGED_ENTRIES);
      c.store(STATE.queued, c.add(count, 1));
    });
  },
  setLazyMode: (o, call) => {
    const { c } = o;
    c.break(call, c.load(STATE.queued));
    c.store(STATE.lazyMode, o.reg(EAX));
  },
} as const satisfies Record<string, Shortcut>;

export type ShortcutName = keyof typeof SHORTCUTS;
