/** Announced changes of page tables: runtime/memory/address-spaces.ts says what an announcement means. */
import { ANNOUNCED, CHANGED_ENTRIES, CHANGED_LIMIT, MOST_PAGES, PAGES, STATE } from '../layout.ts';
import { ENTRY } from '../page-entry.ts';
import { HOST_RESULT } from '../region/host-call.ts';
import { SLOW } from '../system/plain.ts';
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import type { DefineCoreCall } from './core-calls.ts';
import { FORMS, forgetEntry, forgetPage, hostOf, isReachable, isUsed, type NewEntry, prefill } from './tlb.ts';

const UNFILLED = 'unfilled';

const EAX = STATE.gpr;
const ECX = STATE.gpr + 4;
const EDX = STATE.gpr + 8;

export const defineAnnouncements = (builder: ModuleBuilder, define: DefineCoreCall): void => {
  const commit = defineCommit(builder);
  define('setEntry', (c) => {
    const at = hostOf(c, STATE.tlbWrite, c.load(EDX), 4, SLOW);
    const low = c.copy(c.load(EAX));
    storing(c, commit, at, () => c.store(at, low));
    const flags = c.copy(c.load(ECX));
    fillIfWanted(c, flags, FORMS.short, { at, low, linear: flags });
  });
  define('setLongEntry', (c, frame) => {
    const flags = c.copy(c.load(hostOf(c, STATE.tlbRead, c.add(frame, 4), 4, SLOW)));
    const at = hostOf(c, STATE.tlbWrite, c.load(ECX), 8, SLOW);
    const low = c.copy(c.load(EAX));
    const high = c.copy(c.load(EDX));
    storing(c, commit, at, () => {
      c.store(at, low);
      c.store(at, high, 32, 4);
    });
    fillIfWanted(c, flags, FORMS.long, { at, low, high, linear: flags });
  });
  define('updateEntry', (c) => {
    doneIf(c, c.eqz(c.load(STATE.announced)));
    const at = hostOf(c, STATE.tlbRead, c.load(EAX), 4, SLOW);
    c.if(isUsed(c, at), () => changed(c, commit, at));
    doneIf(c, c.const(1));
  });
  define('replaceTable', (c) => {
    doneIf(c, c.or(c.eqz(c.load(STATE.announced)), c.geU(c.load(EAX), MOST_PAGES)));
    const page = c.copy(c.shl(c.load(EAX), 2));
    doneIf(c, c.eqz(c.or(c.load(page, 32, PAGES.tableUsers), c.load(page, 32, PAGES.directoryUsers))));
  });
  define('invalidatePage', (c) => {
    commitFirst(c, commit);
    forgetPage(c, c.load(EAX), SLOW);
    doneIf(c, c.const(1));
  });
  define('setLazyMode', (c) => {
    commitFirst(c, commit);
    c.store(STATE.lazyMode, c.load(EAX));
    doneIf(c, c.const(1));
  });
};

const doneIf = (c: Code, condition: Val): void => c.if(condition, () => c.return(HOST_RESULT.done));

/** Defines `commit() → 1`, or 0 where the runtime must look at the entries that have changed in lazy mode. */
const defineCommit = (builder: ModuleBuilder): Callee =>
  builder.define('commitChanges', [], 'i32', (c) => {
    const left = c.newLocal();
    c.set(left, c.load(STATE.queued));
    c.block(SLOW, () => {
      c.loop('next', () => {
        c.if(c.get(left), () => {
          c.set(left, c.sub(c.get(left), 1));
          forgetEntry(c, c.copy(c.load(c.shl(c.get(left), 2), 32, CHANGED_ENTRIES)), SLOW);
          c.break('next');
        });
      });
      c.store(STATE.batched, c.add(c.load(STATE.batched), c.load(STATE.queued)));
      c.store(STATE.queued, 0);
      c.return(1);
    });
    return c.const(0);
  });

const commitFirst = (c: Code, commit: Callee): void =>
  c.if(c.load(STATE.queued), () => c.break(SLOW, c.eqz(c.call(commit))));

/** What was read from a changed entry is forgotten: at once, or in lazy mode together with others. */
const changed = (c: Code, commit: Callee, at: Val): void =>
  c.if(
    c.eq(c.load(STATE.lazyMode), ANNOUNCED.lazyMmu),
    () => {
      c.if(c.eq(c.load(STATE.queued), CHANGED_LIMIT), () => c.break(SLOW, c.eqz(c.call(commit))));
      const count = c.copy(c.load(STATE.queued));
      c.store(c.shl(count, 2), at, 32, CHANGED_ENTRIES);
      c.store(STATE.queued, c.add(count, 1));
    },
    () => forgetEntry(c, at, SLOW),
  );

/** Writes an entry, which matters if it was present and something was read from it. */
const storing = (c: Code, commit: Callee, at: Val, store: () => void): void => {
  c.if(c.and(c.load(at), ENTRY.present), () => c.if(isUsed(c, at), () => changed(c, commit, at)));
  store();
};

const fillIfWanted = (c: Code, flags: Val, form: (typeof FORMS)[keyof typeof FORMS], entry: NewEntry): void => {
  const wanted = c.eq(c.and(flags, ANNOUNCED.wantedSoon), ANNOUNCED.wantedSoon);
  const inForce = c.and(c.ne(c.load(STATE.announced), 0), c.eqz(c.load(STATE.lazyMode)));
  // What is rare in filling it may as well wait for the miss, which costs less than the runtime does.
  c.if(c.and(c.and(wanted, inForce), isReachable(c, entry.low)), () => {
    c.block(UNFILLED, () => prefill(c, form, entry, UNFILLED));
  });
  doneIf(c, c.const(1));
};
