/**
 * Where and why control leaves a region, as one word: an exit sets one local and jumps, and what it stands for is
 * worked out once, behind all of them. There is an exit for each memory operand, so its size is that of regions.
 *
 * From the top: reason (16 bits), instructions still to be paid for (16, signed), EIP (32).
 */
import type { Code, Local, Operand, Val } from '../wasm/code.ts';

const UNPAID_SHIFT = 32;
const REASON_SHIFT = 48;
const UNPAID_MASK = 0xffff;

export class ExitWord {
  readonly #c: Code;
  readonly #word: Local;

  constructor(c: Code) {
    this.#c = c;
    this.#word = c.namedLocal('exit', 'i64');
  }

  /** `reason` and `unpaid` are signed 16-bit numbers. */
  set(reason: number, unpaid: number, eip: Val): void {
    const c = this.#c;
    const rest = (BigInt(reason) << BigInt(REASON_SHIFT)) | (BigInt(unpaid & UNPAID_MASK) << BigInt(UNPAID_SHIFT));
    if (typeof eip.constant === 'number') {
      c.set(this.#word, c.const64(rest | BigInt(eip.constant >>> 0)));
      return;
    }
    const wide = c.extend64U(eip);
    c.set(this.#word, rest ? c.op2('i64', 'or', wide, c.const64(BigInt.asIntN(64, rest))) : wide);
  }

  eip(): Val {
    return this.#c.wrap(this.#c.get(this.#word));
  }
  unpaid(): Val {
    return this.#c.signExtend(this.#shifted(UNPAID_SHIFT), 16);
  }
  reason(): Val {
    return this.#shifted(REASON_SHIFT);
  }
  #shifted(bits: number): Val {
    const c = this.#c;
    return c.wrap(c.op2('i64', 'shr_s', c.get(this.#word), c.const64(BigInt(bits)) as Operand));
  }
}
