/**
 * What the system functions of the core module share: flat protected mode, descriptors read through the TLB. They
 * do what nearly every execution of their instruction needs, on the state in memory, and break to SLOW with nothing
 * changed wherever there is more to it: a miss in the TLB, an odd descriptor, a check that fails. The runtime then
 * does the instruction, with every check of the manual.
 */
import { ACCESS } from '../access.ts';
import { CR0 } from '../control-bits.ts';
import {
  EFLAGS,
  MODE,
  PAGE_SIZE,
  SEG_ACCESS,
  SEG_BASE,
  SEG_LIMIT,
  SEG_SELECTOR,
  STATE,
  segment,
  TLB_TABLES,
} from '../layout.ts';
import type { Callee, Code, Local, Operand, Type, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';

export const SLOW = 'slow';
export const ESP = STATE.gpr + 4 * 4;
export const UNLIMITED = -1;
/** DPL 3 in an access word. */
export const DPL_3 = 3 << 5;
/** D/B and G besides, the bits 8-23 of a flat descriptor's high word that count; limit bits and AVL left out. */
const FLAT = ACCESS.granular | ACCESS.big | ACCESS.present | ACCESS.segment | ACCESS.accessed | ACCESS.readWrite;

/** Exports a function that returns 1, or 0 where the runtime has to do all of it. */
export const defineSystem = (
  builder: ModuleBuilder,
  name: string,
  params: readonly Type[],
  body: (c: Code, ...params: Local[]) => void,
): Callee =>
  builder.define(
    name,
    params,
    'i32',
    (c, ...locals) => {
      c.block(SLOW, () => {
        body(c, ...locals);
        c.return(1);
      });
      return c.const(0);
    },
    true,
  );

/** Leaves unless ES, SS, DS are flat, code and stack 32 bits wide, in protected mode, and nobody debugs. */
export const requireFlat = (c: Code): void => {
  const needed = MODE.flat | MODE.code32 | MODE.stack32;
  c.break(SLOW, c.ne(c.and(c.load(STATE.mode), needed | MODE.debug | MODE.alignment), needed));
  c.break(SLOW, c.eqz(c.and(c.load(STATE.cr0), CR0.PE)));
  c.break(SLOW, c.and(c.load(STATE.eflags), EFLAGS.VM));
};

/** Host address of `bytes` at a linear address, as the table at a host offset has it; aligned for `align` bytes. */
export const hostOf = (c: Code, table: Operand, linear: Val, bytes: number, align = 4): Val => {
  const at = c.copy(linear);
  const host = c.copy(c.add(c.load(c.add(table, c.shl(c.shrU(at, 12), 2))), at));
  c.break(SLOW, c.and(host, 0x8000_0000 | (align - 1)));
  if (bytes > align) c.break(SLOW, c.gtU(c.and(host, PAGE_SIZE - 1), PAGE_SIZE - bytes));
  return host;
};
/** The same with supervisor rights, for reading. */
export const systemHost = (c: Code, linear: Val, bytes: number, align = 4): Val =>
  hostOf(c, c.const(TLB_TABLES.supervisor.read), linear, bytes, align);

export interface Descriptor {
  readonly low: Val;
  readonly high: Val;
  /** As segment caches hold it. */
  readonly access: Val;
}

/** The descriptor in the GDT that a selector (kept, not null) names. */
export const descriptorOf = (c: Code, selector: Val): Descriptor => {
  c.break(SLOW, c.and(selector, 4));
  c.break(SLOW, c.gtU(c.or(selector, 7), c.load(STATE.gdtLimit)));
  const at = systemHost(c, c.add(c.load(STATE.gdtBase), c.and(selector, 0xfff8)), 8, 8);
  const high = c.copy(c.load(at, 32, 4));
  return { low: c.load(at), high, access: c.copy(c.and(c.shrU(high, 8), 0xf0ff)) };
};

/** Leaves unless the descriptor is flat code (not conforming) or data (not expand-down), accessed, of this DPL. */
export const requireFlatDescriptor = (
  c: Code,
  { low, high, access }: Descriptor,
  kind: 'code' | 'data',
  dpl: Val | number,
): void => {
  const wanted = FLAT | (kind === 'code' ? ACCESS.code : 0);
  const relevant = FLAT | ACCESS.code | ACCESS.conforming | DPL_3;
  c.break(SLOW, c.ne(c.and(access, relevant), c.or(c.shl(dpl, 5), wanted)));
  c.break(SLOW, c.ne(low, 0xffff));
  // Base bits 16-31, and the limit's upper four.
  c.break(SLOW, c.ne(c.and(high, 0xff0f_00ff), 0x000f_0000));
};

export const setFlatSegment = (c: Code, seg: number, selector: Operand, access: Operand): void => {
  const at = segment(seg);
  const kept = c.copy(access);
  c.store(at + SEG_SELECTOR, selector);
  c.store(at + SEG_BASE, 0);
  c.store(at + SEG_LIMIT, UNLIMITED);
  c.store(at + SEG_ACCESS, kept);
};
/** CPL becomes 0 or 3, with all that follows from it; behind the change of EFLAGS.IOPL. */
export const setPrivilege = (c: Code, cpl: 0 | 3): void => {
  const { read, write, exec } = cpl === 3 ? TLB_TABLES.user : TLB_TABLES.supervisor;
  c.store(STATE.cpl, cpl);
  if (cpl === 3) c.store(STATE.userEntered, 1);
  c.store(STATE.tlbRead, read);
  c.store(STATE.tlbWrite, write);
  c.store(STATE.tlbExec, exec);
  const privileged = cpl === 0 ? c.const(MODE.iopl) : ioplMode(c);
  const rest = c.and(c.load(STATE.mode), ~(MODE.user | MODE.iopl));
  c.store(STATE.mode, c.or(rest, cpl === 3 ? c.or(privileged, MODE.user) : privileged));
};
/** MODE.iopl at CPL 3: IOPL is 3. */
const ioplMode = (c: Code): Val => c.select(c.eq(c.and(c.load(STATE.eflags), EFLAGS.IOPL), EFLAGS.IOPL), MODE.iopl, 0);

/** The arithmetic flags as their four words in the state hold them. */
export const storedFlags = (c: Code) =>
  ({
    kind: 'words',
    bits: 32,
    carryA: () => c.load(STATE.flagCarryA),
    carryB: () => c.load(STATE.flagCarryB),
    result: () => c.load(STATE.flagResult),
    parity: () => c.load(STATE.flagParity),
  }) as const;
