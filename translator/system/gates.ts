/** Delivery through interrupt and trap gates into flat code of CPL 0. SDM vol. 3, 6.12.1. */
import { ACCESS } from '../access.ts';
import { flagsWord } from '../flags.ts';
import {
  CS,
  EFLAGS,
  SEG_ACCESS,
  SEG_BASE,
  SEG_LIMIT,
  SEG_SELECTOR,
  SS,
  STATE,
  segment,
  TLB_TABLES,
  TR,
} from '../layout.ts';
import type { Callee } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import {
  defineSystem,
  descriptorOf,
  ESP,
  hostOf,
  requireFlat,
  requireFlatDescriptor,
  SLOW,
  setFlatSegment,
  setPrivilege,
  storedFlags,
  systemHost,
} from './plain.ts';

/** What is delivered, bits of the third parameter of `gate`. */
export const GATE = {
  /** INT n: the gate's DPL counts. */
  software: 1,
  /** There is an error code. */
  code: 2,
  /** The EFLAGS image has RF. */
  resume: 4,
} as const;

/** Type of a 32-bit interrupt gate with P; a trap gate has bit 0 set too. In bits 8-15 of the high word. */
const INTERRUPT_GATE = ACCESS.present | 0xe;
const TRAP = 1;
/** Bit of the type of 32-bit TSSs, and where they have ESP and SS of level 0. */
const TSS_32 = 8;
const TSS_ESP0 = 4;

/** Words of the longest frame: SS, ESP, EFLAGS, CS, EIP, error code. */
const LONGEST = 24;

/** Defines gate(vector, error code, bits of GATE, EIP to return to). */
export const defineGate = (builder: ModuleBuilder): Callee =>
  defineSystem(builder, 'gate', ['i32', 'i32', 'i32', 'i32'], (c, vector, code, what, back) => {
    requireFlat(c);
    c.break(SLOW, c.load(STATE.deliveryWatched));
    const has = (bit: number) => c.and(c.get(what!), bit);
    const cpl = c.copy(c.load(STATE.cpl));
    c.break(SLOW, c.gtU(c.or(c.shl(c.get(vector!), 3), 7), c.load(STATE.idtLimit)));
    const gate = systemHost(c, c.add(c.load(STATE.idtBase), c.shl(c.get(vector!), 3)), 8, 8);
    const high = c.copy(c.load(gate, 32, 4));
    const access = c.copy(c.shrU(high, 8));
    c.break(SLOW, c.ne(c.and(access, 0x1e | ACCESS.present), INTERRUPT_GATE));
    c.break(SLOW, c.and(has(GATE.software), c.ltU(c.and(c.shrU(access, 5), 3), cpl)));
    const selector = c.copy(c.load(gate, 16, 2));
    c.break(SLOW, c.eqz(c.and(selector, 0xfffc)));
    const target = descriptorOf(c, selector);
    requireFlatDescriptor(c, target, 'code', 0);
    const eip = c.copy(c.or(c.and(high, 0xffff_0000), c.load(gate, 16)));

    const esp = c.newLocal();
    const stack = c.newLocal();
    const stackAccess = c.newLocal();
    c.set(stack, c.const(0));
    c.set(esp, c.load(ESP));
    c.if(cpl, () => {
      const tss = segment(TR);
      c.break(SLOW, c.eqz(c.and(c.load(tss + SEG_ACCESS), TSS_32)));
      c.break(SLOW, c.ltU(c.load(tss + SEG_LIMIT), TSS_ESP0 + 7));
      const field = systemHost(c, c.add(c.load(tss + SEG_BASE), TSS_ESP0), 8);
      c.set(esp, c.load(field));
      c.set(stack, c.load(field, 16, 4));
      c.break(SLOW, c.eqz(c.and(c.get(stack), 0xfffc)));
      c.break(SLOW, c.and(c.get(stack), 3));
      const inner = descriptorOf(c, c.get(stack));
      requireFlatDescriptor(c, inner, 'data', 0);
      c.set(stackAccess, inner.access);
    });
    // Room for all that may be pushed, on one page.
    const write = c.const(TLB_TABLES.supervisor.write);
    const frame = c.copy(c.add(hostOf(c, write, c.sub(c.get(esp), LONGEST), LONGEST), LONGEST));
    const image = c.or(flagsWord(c, storedFlags(c)), c.load(STATE.eflags));
    const flags = c.copy(c.or(image, c.select(has(GATE.resume), EFLAGS.RF, 0)));
    const top = c.newLocal();
    c.set(top, frame);
    const push = (value: () => ReturnType<typeof c.load>) => {
      c.set(top, c.sub(c.get(top), 4));
      c.store(c.get(top), value());
    };
    c.if(cpl, () => {
      push(() => c.load(segment(SS) + SEG_SELECTOR));
      push(() => c.load(ESP));
      setFlatSegment(c, SS, c.get(stack), c.get(stackAccess));
    });
    push(() => flags);
    push(() => c.load(segment(CS) + SEG_SELECTOR));
    push(() => c.get(back!));
    c.if(has(GATE.code), () => push(() => c.get(code!)));
    c.store(ESP, c.sub(c.get(esp), c.sub(frame, c.get(top))));

    setFlatSegment(c, CS, c.and(selector, 0xfffc), target.access);
    c.store(STATE.eip, eip);
    const cleared = EFLAGS.TF | EFLAGS.RF | EFLAGS.VM | EFLAGS.NT;
    const mask = c.select(c.and(access, TRAP), ~cleared, ~(cleared | EFLAGS.IF));
    c.store(STATE.eflags, c.and(c.load(STATE.eflags), mask));
    setPrivilege(c, 0);
  });
