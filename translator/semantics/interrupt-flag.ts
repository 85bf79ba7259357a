/**
 * PUSHF, POPF, CLI, STI where no check is needed and nothing becomes due; every other case is given to the
 * runtime, which has them in full.
 */
import { flagsWord, wordFlags } from '../flags.ts';
import { ARITHMETIC_FLAGS, EFLAGS, MODE, STATE } from '../layout.ts';
import type { Val } from '../wasm/code.ts';
import type { Ops, Semantics } from './ops.ts';

/** Bits POPF may change here: the others change the mode of execution, or need privilege. */
const PLAIN = EFLAGS.IF | EFLAGS.DF | EFLAGS.ID | ARITHMETIC_FLAGS;
const WATCHED = EFLAGS.TF | EFLAGS.IOPL | EFLAGS.NT | EFLAGS.AC;

const requirePrivilege = (o: Ops): void => o.slowIf(o.c.eqz(o.mode(MODE.iopl)));

/** Setting IF while something waits to be delivered. */
const refuseIfDue = (o: Ops, setsIf: Val | number): void =>
  o.slowIf(o.c.and(o.c.ne(o.c.load(STATE.request), 0), setsIf));

export const cli: Semantics = (o) => {
  requirePrivilege(o);
  o.setSystemFlags(o.c.and(o.systemFlags(), ~EFLAGS.IF));
};

/**
 * The next instruction is to be executed before an interrupt is taken. While nothing waits to be delivered that is
 * so anyhow, unless the processor stops right here to look at the world.
 */
export const sti: Semantics = (o) => {
  requirePrivilege(o);
  refuseIfDue(o, 1);
  o.slowIf(o.fuelEnds());
  o.setSystemFlags(o.c.or(o.systemFlags(), EFLAGS.IF));
};

/** The forms of 16 bits are left to the runtime. */
const wide =
  (semantics: Semantics): Semantics =>
  (o) =>
    o.operandSize === 32 ? semantics(o) : o.host();

export const pushf: Semantics = wide((o) => {
  const { c } = o;
  const visible = c.and(o.systemFlags(), ~(EFLAGS.RF | EFLAGS.VM));
  o.push(c.keep(c.or(flagsWord(c, o.flags()), visible)), 32);
});

export const popf: Semantics = wide((o) => {
  const { c } = o;
  requirePrivilege(o);
  const value = c.keep(o.top(32));
  const old = c.keep(o.systemFlags());
  o.slowIf(c.and(c.xor(value, old), WATCHED));
  refuseIfDue(o, c.and(c.shrU(value, Math.log2(EFLAGS.IF)), 1));
  o.release(4);
  o.define(wordFlags(c, value));
  const plain = PLAIN & ~ARITHMETIC_FLAGS;
  o.setSystemFlags(c.or(c.and(old, ~(plain | EFLAGS.RF)), c.and(value, plain)));
});
