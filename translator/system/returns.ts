/** IRET from flat code of CPL 0, to the same level or to CPL 3. SDM vol. 2, IRET. */
import { ACCESS } from '../access.ts';
import { wordFlags } from '../flags.ts';
import { ARITHMETIC_FLAGS, CS, DS, EFLAGS, ES, FS, GS, SEG_ACCESS, SS, STATE, segment, TLB_TABLES } from '../layout.ts';
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import {
  DPL_3,
  defineSystem,
  descriptorOf,
  ESP,
  hostOf,
  requireFlat,
  requireFlatDescriptor,
  SLOW,
  setFlatSegment,
  setPrivilege,
} from './plain.ts';

const { TF, IF, DF, IOPL, NT, VM, AC, VIF, VIP, ID } = EFLAGS;
/** Flags that IRET loads at CPL 0; RF is kept for breakpoints only, of which there are none here. */
const LOADED = IF | DF | IOPL | NT | VIF | VIP | ID;
/** What changes the mode of execution. */
const UNUSUAL = TF | VM | AC;

const SAME_LEVEL = 12;
const OUTER_LEVEL = 20;

/** Leaves where the return would take a segment register away from the outer level. */
const requireOuterSegments = (c: Code): void => {
  for (const seg of [ES, DS, FS, GS]) {
    const access = c.copy(c.load(segment(seg) + SEG_ACCESS));
    const present = c.and(access, ACCESS.present);
    c.break(SLOW, c.and(c.ne(present, 0), c.ne(c.and(access, DPL_3), DPL_3)));
  }
};

const loadFlags = (c: Code, image: Val): void => {
  const words = wordFlags(c, image);
  c.store(STATE.flagCarryA, words.carryA());
  c.store(STATE.flagCarryB, words.carryB());
  c.store(STATE.flagResult, words.result());
  c.store(STATE.flagParity, words.parity());
  const kept = c.and(c.load(STATE.eflags), ~(LOADED | UNUSUAL | ARITHMETIC_FLAGS));
  c.store(STATE.eflags, c.or(kept, c.and(image, LOADED)));
};

/** Defines iret(). */
export const defineReturn = (builder: ModuleBuilder): Callee =>
  defineSystem(builder, 'iret', [], (c) => {
    requireFlat(c);
    c.break(SLOW, c.or(c.load(STATE.cpl), c.load(STATE.nmiBlocked)));
    c.break(SLOW, c.and(c.load(STATE.eflags), NT));
    const esp = c.copy(c.load(ESP));
    const frame = hostOf(c, c.const(TLB_TABLES.supervisor.read), esp, SAME_LEVEL);
    const eip = c.copy(c.load(frame));
    const selector = c.copy(c.load(frame, 16, 4));
    const image = c.copy(c.load(frame, 32, 8));
    c.break(SLOW, c.and(image, UNUSUAL));
    c.break(SLOW, c.eqz(c.and(selector, 0xfffc)));
    const level = c.copy(c.and(selector, 3));
    const code = descriptorOf(c, selector);
    requireFlatDescriptor(c, code, 'code', level);
    c.if(
      c.eqz(level),
      () => {
        c.store(ESP, c.add(esp, SAME_LEVEL));
        setFlatSegment(c, CS, selector, code.access);
        loadFlags(c, image);
      },
      () => {
        c.break(SLOW, c.ne(level, 3));
        requireOuterSegments(c);
        const outer = hostOf(c, c.const(TLB_TABLES.supervisor.read), c.add(esp, SAME_LEVEL), OUTER_LEVEL - SAME_LEVEL);
        const stack = c.copy(c.load(outer, 16, 4));
        c.break(SLOW, c.ne(c.and(stack, 3), 3));
        const data = descriptorOf(c, stack);
        requireFlatDescriptor(c, data, 'data', 3);
        const outerEsp = c.copy(c.load(outer));
        setFlatSegment(c, CS, selector, code.access);
        setFlatSegment(c, SS, stack, data.access);
        c.store(ESP, outerEsp);
        loadFlags(c, image);
        setPrivilege(c, 3);
      },
    );
    c.store(STATE.eip, eip);
  });
