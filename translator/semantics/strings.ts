/**
 * String instructions without REP: MOVS STOS LODS SCAS CMPS in a flat address space. The repeated ones, and all
 * in other modes, are executed by the runtime, page by page.
 */
import { subFlags } from '../flags.ts';
import { EFLAGS } from '../layout.ts';
import type { Val } from '../wasm/code.ts';
import type { Ops, Semantics } from './ops.ts';

const ESI = 6;
const EDI = 7;

/** Moves the index registers by one element, in the direction that DF says. */
const advance = (o: Ops, ...registers: number[]): void => {
  const { c } = o;
  const bytes = o.size / 8;
  const twice = c.and(c.shrU(o.systemFlags(), Math.log2(EFLAGS.DF / (2 * bytes))), 2 * bytes);
  const step = c.keep(c.sub(bytes, twice));
  for (const register of registers) o.advance(register, step);
};

export const movs: Semantics = (o) => {
  o.set(0, o.get(1));
  advance(o, ESI, EDI);
};

export const stos: Semantics = (o) => {
  o.set(0, o.get(1));
  advance(o, EDI);
};

export const lods: Semantics = (o) => {
  o.set(0, o.get(1));
  advance(o, ESI);
};

const compare = (o: Ops, a: Val, b: Val): void => o.define(subFlags(o.c, o.size, a, b, o.c.keep(o.c.sub(a, b))));

export const scas: Semantics = (o) => {
  const a = o.c.keep(o.get(0));
  compare(o, a, o.c.keep(o.get(1)));
  advance(o, EDI);
};

export const cmps: Semantics = (o) => {
  const a = o.c.keep(o.get(0));
  compare(o, a, o.c.keep(o.get(1)));
  advance(o, ESI, EDI);
};
