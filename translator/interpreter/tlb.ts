/**
 * The TLB as functions of the core module change it: what runtime/memory does to it, in the cases that are frequent.
 * Whatever is not among them leaves for the block `rare`, behind which the runtime does all of it again; what has been
 * done by then does no harm.
 */
import { CR4, EFER_NXE } from '../control-bits.ts';
import {
  FILLED,
  FILLED_LIMIT,
  FILLED_WORDS,
  LARGE_REGIONS,
  PAGE_SIZE,
  PAGES,
  RAM,
  STATE,
  TLB_TABLES,
  tlbMiss,
} from '../layout.ts';
import { ENTRY } from '../page-entry.ts';
import type { Code, Operand, Val } from '../wasm/code.ts';

const REACHABLE = ENTRY.present | ENTRY.user;
/** High word of a PAE entry, where execution is not disabled in it, but bit 63. */
const HIGH_ADDRESS = 0x7fff_ffff;

/** The two forms of page tables below the top level. */
export const FORMS = {
  short: { pae: 0, regionShift: 22, entryShift: 2, indexMask: 0x3ff },
  long: { pae: 1, regionShift: 21, entryShift: 3, indexMask: 0x1ff },
} as const;
type Form = (typeof FORMS)[keyof typeof FORMS];

/** One TLB table has so many words. */
const TABLE_MASK = 0xf_ffff;
const FIRST_WORD = TLB_TABLES.supervisor.read >> 2;
const SEVERAL = -1;
const OFFSET = PAGE_SIZE - 1;

const pae = (c: Code): Val => c.and(c.shrU(c.load(STATE.cr4), Math.log2(CR4.PAE)), 1);
/** Physical page of a host address, as an index of words in PAGES. */
const pageWord = (c: Code, host: Val): Val => c.shl(c.shrU(c.sub(host, RAM), 12), 2);

/** Host address of an aligned item at a linear address, through the TLB table whose address is in the state word `table`. */
export const hostOf = (c: Code, table: number, linear: Val, bytes: number, rare: string): Val => {
  const at = c.copy(linear);
  const host = c.copy(c.add(c.load(c.add(c.load(table), c.shl(c.shrU(at, 12), 2))), at));
  c.break(rare, c.and(host, 0x8000_0000 | (bytes - 1)));
  return host;
};

/** Whether translations were read from the table that the entry at this host address lies in. */
export const isUsed = (c: Code, host: Val): Val => {
  const page = c.copy(pageWord(c, host));
  return c.or(c.load(page, 32, PAGES.tableUsers), c.load(page, 32, PAGES.directoryUsers));
};

/** Forgets a page that is not part of a large one, and not one that the kernel executes. */
export const forgetPage = (c: Code, linear: Operand, rare: string): void => {
  const page = c.copy(c.shrU(linear, 12));
  const word = c.copy(c.shl(page, 2));
  c.break(rare, c.load(c.shrU(page, 10), 8, LARGE_REGIONS));
  c.break(rare, c.load(word, 32, TLB_TABLES.supervisor.exec));
  const miss = c.copy(c.sub(tlbMiss(0), c.shl(page, 12)));
  for (const { read, write } of Object.values(TLB_TABLES)) {
    c.store(word, miss, 32, read);
    c.store(word, miss, 32, write);
  }
  c.store(word, 0, 32, TLB_TABLES.user.exec);
};

/** Forgets what was read from the entry at a host address, if only the address space in force can have it. */
export const forgetEntry = (c: Code, host: Val, rare: string): void => {
  const page = c.copy(pageWord(c, host));
  c.break(rare, c.load(page, 32, PAGES.directoryUsers));
  const users = c.copy(c.load(page, 32, PAGES.tableUsers));
  c.if(users, () => {
    const region = c.copy(c.load(page, 32, PAGES.regions));
    c.break(rare, c.or(c.ne(users, c.load(STATE.announced)), c.leS(region, 0)));
    const long = c.copy(pae(c));
    const base = c.shl(c.sub(region, 1), c.sub(FORMS.short.regionShift, long));
    const index = c.shrU(c.and(host, OFFSET), c.add(FORMS.short.entryShift, long));
    forgetPage(c, c.or(base, c.shl(index, 12)), rare);
  });
};

/** Fills the entry of `table` at `word`, a page number * 4. */
const enter = (c: Code, word: Val, table: number, value: Val): void => {
  c.if(c.ne(c.load(word, 32, table), value), () => {
    const length = c.copy(c.load(FILLED.local));
    c.store(word, value, 32, table);
    c.store(c.shl(length, 2), c.shrU(c.add(word, table), 2), 32, FILLED.local + FILLED_WORDS);
    c.store(FILLED.local, c.add(length, 1));
  });
};

/** Notes which write entry maps a page of RAM. `page`: its number * 4, `host`: its host address. */
const addWriter = (c: Code, page: Val, host: Val, entryWord: Val): void => {
  const known = c.copy(c.load(page, 32, PAGES.writers));
  c.if(c.eqz(known), () => c.store(page, entryWord, 32, PAGES.writers));
  c.if(c.and(c.gtS(known, 0), c.ne(known, entryWord)), () => {
    const mapped = c.add(c.load(c.shl(known, 2)), c.shl(c.and(c.sub(known, FIRST_WORD), TABLE_MASK), 12));
    c.store(page, c.select(c.eq(mapped, host), SEVERAL, entryWord), 32, PAGES.writers);
  });
};

/** A page-table entry that has just been written. */
export interface NewEntry {
  /** Host address. */
  readonly at: Val;
  readonly low: Val;
  /** The entry's upper half, in the long form. */
  readonly high?: Val;
  /** Linear address that it maps. */
  readonly linear: Val;
}

/** The page directory in force: physical address of the one that maps `linear`. */
const directoryOf = (c: Code, form: Form, linear: Val, rare: string): Val => {
  if (!form.pae) return c.and(c.load(STATE.cr3), -PAGE_SIZE);
  const pointer = c.copy(c.shl(c.shrU(linear, 30), 3));
  const low = c.copy(c.load(pointer, 32, STATE.pdpte));
  c.break(rare, c.or(c.eqz(c.and(low, ENTRY.present)), c.load(pointer, 32, STATE.pdpte + 4)));
  return c.and(low, -PAGE_SIZE);
};

/** Enters a user's translation before it is missed, as PagingUnit.prefill does. */
export const prefill = (c: Code, form: Form, { at, low, high, linear }: NewEntry, rare: string): void => {
  const otherForm = form.pae ? c.eqz(pae(c)) : pae(c);
  c.break(rare, c.or(c.or(otherForm, c.geS(c.load(STATE.cr0), 0)), c.load(STATE.observed)));
  c.break(rare, c.and(low, ENTRY.large | ENTRY.global));
  if (high) {
    const allowed = c.and(c.shrU(c.load(STATE.efer), Math.log2(EFER_NXE)), 1);
    c.break(rare, c.or(c.and(high, HIGH_ADDRESS), c.gtU(c.shrU(high, 31), allowed)));
  }
  // The walk, which comes to the same entry.
  const directory = c.copy(directoryOf(c, form, linear, rare));
  c.break(rare, c.load(c.shrU(directory, 12), 8, PAGES.kinds));
  const region = c.copy(c.shrU(linear, form.regionShift));
  const slot = c.copy(c.add(directory, c.shl(c.and(region, form.indexMask), form.entryShift)));
  const upper = c.copy(c.load(slot, 32, RAM));
  c.break(rare, c.ne(c.and(upper, REACHABLE | ENTRY.accessed | ENTRY.large), REACHABLE | ENTRY.accessed));
  if (form.pae) c.break(rare, c.load(slot, 32, RAM + 4));
  const index = c.shl(c.and(c.shrU(linear, 12), form.indexMask), form.entryShift);
  c.break(rare, c.ne(c.add(c.add(c.and(upper, -PAGE_SIZE), RAM), index), at));
  // What it is read from is known to be.
  const bit = c.copy(c.load(STATE.announced));
  const table = c.copy(pageWord(c, at));
  c.break(rare, c.eqz(c.and(c.load(table, 32, PAGES.tableUsers), bit)));
  c.break(rare, c.eqz(c.and(c.load(c.shl(c.shrU(directory, 12), 2), 32, PAGES.directoryUsers), bit)));
  c.break(rare, c.ne(c.load(table, 32, PAGES.regions), c.add(region, 1)));
  const page = c.copy(c.shrU(low, 12));
  c.break(rare, c.load(page, 8, PAGES.kinds));
  // Room for two entries.
  c.break(rare, c.gtU(c.load(FILLED.local), FILLED_LIMIT - 2));

  c.if(c.eqz(c.and(low, ENTRY.accessed)), () => c.store(at, c.or(low, ENTRY.accessed)));
  const tables = TLB_TABLES.user;
  const word = c.copy(c.shl(c.shrU(linear, 12), 2));
  const host = c.copy(c.add(c.and(low, -PAGE_SIZE), RAM));
  const value = c.copy(c.sub(host, c.and(linear, -PAGE_SIZE)));
  enter(c, word, tables.read, value);
  c.if(
    c.and(c.and(upper, low), ENTRY.writable),
    () => {
      const clean = c.eqz(c.and(low, ENTRY.dirty));
      c.if(c.eqz(c.or(clean, c.load(page, 8, PAGES.code))), () => {
        enter(c, word, tables.write, value);
        addWriter(c, c.copy(c.shl(page, 2)), host, c.copy(c.shrU(c.add(word, tables.write), 2)));
      });
    },
    () => {
      const executable = high ? c.geS(high, 0) : c.const(1);
      c.if(executable, () => enter(c, word, tables.exec, c.copy(c.or(host, 1))));
    },
  );
  c.store(STATE.prefilled, c.add(c.load(STATE.prefilled), 1));
};

/** Whether a program can reach a page through this entry at all. */
export const isReachable = (c: Code, low: Val): Val => c.eq(c.and(low, REACHABLE), REACHABLE);
