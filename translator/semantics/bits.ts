/** Bit instructions: BT BTS BTR BTC BSF BSR. */
import { carryFlags, flagsWord, overflowOf, wordFlags } from '../flags.ts';
import { EFLAGS } from '../layout.ts';
import type { Code, Val } from '../wasm/code.ts';
import type { Semantics } from './ops.ts';

type Change = ((c: Code, value: Val, mask: Val) => Val) | undefined;

/** `farther`: a register bit offset reaches beyond a memory operand, in steps of its width. */
const bitTest =
  (change: Change, farther: boolean): Semantics =>
  (o) => {
    const { c, size } = o;
    const offset = c.keep(o.get(1));
    if (farther) {
      const steps = c.shrS(c.signExtend(offset, size), size === 32 ? 5 : 4);
      o.displace(0, c.shl(steps, size === 32 ? 2 : 1));
    }
    const n = c.keep(c.and(offset, size - 1));
    const value = c.keep(o.get(0));
    const carry = c.keep(c.and(c.shrU(value, n), 1));
    const old = o.flags();
    o.define(carryFlags(c, old, carry, c.keep(overflowOf(c, old))));
    if (change) o.set(0, change(c, value, c.shl(1, n)));
  };

const set: Change = (c, v, mask) => c.or(v, mask);
const reset: Change = (c, v, mask) => c.and(v, c.xor(mask, -1));
const complement: Change = (c, v, mask) => c.xor(v, mask);

export const bt = bitTest(undefined, true);
export const bts = bitTest(set, true);
export const btr = bitTest(reset, true);
export const btc = bitTest(complement, true);
export const btImmediate = bitTest(undefined, false);
export const btsImmediate = bitTest(set, false);
export const btrImmediate = bitTest(reset, false);
export const btcImmediate = bitTest(complement, false);

/** ZF says whether the source was zero; the destination is then left as it was, as processors do. */
const scan =
  (find: (c: Code, v: Val) => Val): Semantics =>
  (o) => {
    const { c } = o;
    const v = c.keep(o.get(1));
    const old = c.keep(o.get(0));
    const r = c.keep(c.select(v, find(c, v), old));
    const others = c.and(flagsWord(c, o.flags()), ~EFLAGS.ZF);
    o.define(wordFlags(c, c.keep(c.or(others, c.shl(c.eqz(v), 6)))));
    o.set(0, r);
  };
export const bsf = scan((c, v) => c.ctz(v));
export const bsr = scan((c, v) => c.sub(31, c.clz(v)));
