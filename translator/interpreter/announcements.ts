/**
 * Announced changes of page tables where there is nothing to forget, or can be later: functions of the core module, to
 * be called like functions of the host (translator/region/host-call.ts). Whatever is more goes to the function of the
 * runtime; runtime/memory/address-spaces.ts says what an announcement means.
 */
import { CHANGED_ENTRIES, CHANGED_LIMIT, PAGE_SIZE, RAM, STATE, USED_TABLES } from '../layout.ts';
import { HOST_RESULT } from '../region/host-call.ts';
import type { Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';

/** By the number under which the runtime's function is called. */
export const ANNOUNCEMENTS = [
  /** The doubleword at EDX := EAX; flags ECX. */
  'setEntry',
  /** The quadword at ECX := EDX:EAX; flags in the doubleword above the return address. */
  'setLongEntry',
  /** The entry at EAX has been changed. */
  'updateEntry',
  /** Physical page EAX becomes a page table, or is one no more. */
  'replaceTable',
  /** Lazy mode := EAX. */
  'setLazyMode',
] as const;
export type Announcement = (typeof ANNOUNCEMENTS)[number];

/** Flag of an entry in the address space in force, whose translation will be wanted soon. */
export const IN_CURRENT_SPACE = 0x10;
/** Lazy mode in which changed entries are looked at together. */
const LAZY_MMU = 1;
const PRESENT = 1;
/** Physical pages that USED_TABLES has room for. */
const MOST_PAGES = CHANGED_ENTRIES - USED_TABLES;

const EAX = STATE.gpr;
const ECX = STATE.gpr + 4;
const EDX = STATE.gpr + 8;

/** Defines and exports them; `slow(number, frame)` is the runtime's. */
export const defineAnnouncements = (builder: ModuleBuilder): void => {
  const slow = builder.importFunction('announce', 'announce', ['i32', 'i32'], 'i32');
  const define = (name: Announcement, body: (c: Code, frame: Val) => void): void => {
    builder.define(
      name,
      ['i32'],
      'i32',
      (c, frame) => {
        // Leaves this block what is the runtime's.
        c.block('slow', () => body(c, c.get(frame!)));
        return c.call(slow, ANNOUNCEMENTS.indexOf(name), c.get(frame!));
      },
      true,
    );
  };
  define('setEntry', (c) => {
    wantedSoon(c, () => c.load(ECX));
    const host = hostOf(c, STATE.tlbWrite, c.load(EDX), 4);
    storing(c, host, () => c.store(host, c.load(EAX)));
  });
  define('setLongEntry', (c, frame) => {
    const flags = hostOf(c, STATE.tlbRead, c.add(frame, 4), 4);
    wantedSoon(c, () => c.load(flags));
    const host = hostOf(c, STATE.tlbWrite, c.load(ECX), 8);
    storing(c, host, () => {
      c.store(host, c.load(EAX));
      c.store(host, c.load(EDX), 32, 4);
    });
  });
  define('updateEntry', (c) => {
    doneIf(c, c.eqz(c.load(STATE.announced)));
    const host = hostOf(c, STATE.tlbRead, c.load(EAX), 4);
    doneIf(c, c.eqz(used(c, host)));
    queue(c, host);
    doneIf(c, c.const(1));
  });
  define('replaceTable', (c) => {
    doneIf(c, c.or(c.eqz(c.load(STATE.announced)), c.geU(c.load(EAX), MOST_PAGES)));
    doneIf(c, c.eqz(c.load(c.load(EAX), 8, USED_TABLES)));
  });
  define('setLazyMode', (c) => {
    c.break('slow', c.load(STATE.queued));
    c.store(STATE.lazyMode, c.load(EAX));
    doneIf(c, c.const(1));
  });
};

const doneIf = (c: Code, condition: Val): void => c.if(condition, () => c.return(HOST_RESULT.done));

/** The runtime fills in translations. */
const wantedSoon = (c: Code, flags: () => Val): void => {
  const eager = c.and(c.load(STATE.announced), c.eqz(c.load(STATE.lazyMode)));
  c.break('slow', c.and(eager, c.shrU(flags(), Math.log2(IN_CURRENT_SPACE))));
};

/** Host address of an aligned item in RAM through a TLB table. */
const hostOf = (c: Code, table: number, linear: Val, bytes: number): Val => {
  const at = c.copy(linear);
  const host = c.copy(c.add(c.load(c.add(c.load(table), c.shl(c.shrU(at, 12), 2))), at));
  c.break('slow', c.and(host, 0x8000_0000 | (bytes - 1)));
  return host;
};

const used = (c: Code, host: Val): Val => c.load(c.shrU(c.sub(host, RAM), Math.log2(PAGE_SIZE)), 8, USED_TABLES);

/** Writes an entry if nothing need be forgotten, or later. */
const storing = (c: Code, host: Val, store: () => void): void => {
  const forget = c.and(used(c, host), c.and(c.load(host), PRESENT));
  c.if(forget, () => queue(c, host));
  store();
  doneIf(c, c.const(1));
};

/** Puts a changed entry into the queue, in lazy mode and if it has room. */
const queue = (c: Code, host: Val): void => {
  const count = c.copy(c.load(STATE.queued));
  c.break('slow', c.or(c.ne(c.load(STATE.lazyMode), LAZY_MMU), c.geU(count, CHANGED_LIMIT)));
  c.store(c.shl(count, 2), host, 32, CHANGED_ENTRIES);
  c.store(STATE.queued, c.add(count, 1));
};
