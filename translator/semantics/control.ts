/** Control transfers within a code segment, and the stack: JMP Jcc LOOP CALL RET PUSH POP LEAVE. */
import { zeroOf } from '../flags.ts';
import type { Val } from '../wasm/code.ts';
import type { Ops, Semantics } from './ops.ts';

export const jmp: Semantics = (o) => o.jumpRelative(0);

export const jcc: Semantics = (o) => o.branchRelative(0, o.condition(o.conditionCode));

export const jecxz: Semantics = (o) => o.branchRelative(0, o.c.eqz(o.counter()));

/** LOOP, LOOPE, LOOPNE: `zero` is the ZF that goes on looping. */
const looping =
  (zero: boolean | undefined): Semantics =>
  (o) => {
    const { c } = o;
    const old = c.copy(o.counter());
    const again = c.ne(old, 1);
    const flag = zero === undefined ? undefined : zeroOf(c, o.flags());
    const taken = flag === undefined ? again : c.and(again, zero ? flag : c.eqz(flag));
    const condition = c.keep(taken);
    o.setCounter(c.sub(old, 1));
    o.branchRelative(0, condition);
  };
export const loop = looping(undefined);
export const loope = looping(true);
export const loopne = looping(false);

export const call: Semantics = (o) => o.callRelative(0);

export const callIndirect: Semantics = (o) => {
  const target = o.c.copy(o.get(0));
  o.push(o.nextEip(), o.operandSize);
  o.jumpIndirect(target, 'call');
};

export const jmpIndirect: Semantics = (o) => o.jumpIndirect(o.c.copy(o.get(0)), 'jump');

const returning =
  (extra: (o: Ops) => Val | number): Semantics =>
  (o) => {
    const target = o.c.keep(o.top(o.operandSize));
    o.release(o.c.add(extra(o), o.operandSize / 8));
    o.jumpIndirect(target, 'return');
  };
export const ret = returning(() => 0);
export const retImmediate = returning((o) => o.get(0));

export const push: Semantics = (o) => o.push(o.c.copy(o.get(0)), o.operandSize);

export const pop: Semantics = (o) => {
  const v = o.c.keep(o.top(o.operandSize));
  o.release(o.operandSize / 8);
  o.set(0, v);
};

export const leave: Semantics = (o) => {
  const { c } = o;
  const frame = c.copy(o.reg(5));
  const old = c.keep(o.loadStack(frame, o.operandSize));
  o.setStackPointer(c.add(frame, o.operandSize / 8));
  o.setReg(5, old, o.operandSize);
};
