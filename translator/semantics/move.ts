/** Moves and conversions: MOV MOVZX MOVSX LEA XLAT BSWAP CBW CWD CMOV SETcc, and flag transfers. */
import { type FlagSource, flagsWord, wordFlags } from '../flags.ts';
import { EFLAGS } from '../layout.ts';
import type { Semantics } from './ops.ts';

export const mov: Semantics = (o) => o.set(0, o.get(1));

export const movzx: Semantics = (o) => o.set(0, o.get(1));

export const movsx: Semantics = (o) => o.set(0, o.c.signExtend(o.get(1), o.widthOf(1)));

export const lea: Semantics = (o) => o.set(0, o.address(1));

export const xlat: Semantics = (o) => {
  const offset = o.c.add(o.reg(3), o.reg(0, 8));
  o.setReg(0, o.loadData(offset, 8), 8);
};

export const bswap: Semantics = (o) => {
  const { c } = o;
  const v = c.keep(o.get(0));
  const odd = c.and(c.rotl(v, 8), 0x00ff00ff);
  o.set(0, c.or(odd, c.and(c.rotr(v, 8), 0xff00ff00)));
};

/** CBW, CWDE. */
export const cbw: Semantics = (o) => {
  const half = o.operandSize === 32 ? 16 : 8;
  o.setReg(0, o.c.signExtend(o.reg(0, half), half), o.operandSize);
};

/** CWD, CDQ. */
export const cwd: Semantics = (o) => {
  const bits = o.operandSize;
  o.setReg(2, o.c.shrS(o.c.signExtend(o.reg(0, bits), bits), 31), bits);
};

export const cmov: Semantics = (o) => {
  const v = o.c.keep(o.get(1));
  // Written either way: a memory source is read, and may fault, even when the condition is false.
  const old = o.c.keep(o.get(0));
  o.set(0, o.c.select(o.condition(o.conditionCode), v, old));
};

export const setcc: Semantics = (o) => o.set(0, o.condition(o.conditionCode));

export const nop: Semantics = () => {};

/** LAHF: AH := SF ZF 0 AF 0 PF 1 CF. */
export const lahf: Semantics = (o) => {
  o.setReg(4, o.c.or(o.c.and(flagsWord(o.c, o.flags()), 0xd5), 2), 8);
};

export const sahf: Semantics = (o) => {
  const { c } = o;
  const kept = c.and(flagsWord(c, o.flags()), EFLAGS.OF);
  o.define(wordFlags(c, c.keep(c.or(kept, c.and(o.reg(4, 8), 0xd5)))));
};

/** STC, CLC, CMC: CF changes, all else stays. */
const carry =
  (next: (o: Parameters<Semantics>[0], old: FlagSource) => ReturnType<typeof flagsWord>): Semantics =>
  (o) => {
    o.define(wordFlags(o.c, o.c.keep(next(o, o.flags()))));
  };
export const stc = carry((o, old) => o.c.or(flagsWord(o.c, old), EFLAGS.CF));
export const clc = carry((o, old) => o.c.and(flagsWord(o.c, old), ~EFLAGS.CF));
export const cmc = carry((o, old) => o.c.xor(flagsWord(o.c, old), EFLAGS.CF));

export const cld: Semantics = (o) => o.setSystemFlags(o.c.and(o.systemFlags(), ~EFLAGS.DF));
export const std: Semantics = (o) => o.setSystemFlags(o.c.or(o.systemFlags(), EFLAGS.DF));
