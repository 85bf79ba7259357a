/**
 * The operand forms of the arithmetic instructions: two registers of the stack, or ST(0) and a number from memory.
 * SDM vol. 2, FADD … FDIVR and their forms with I and P.
 */
import type { Callee, Code, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { classify, type Exceptions } from './exceptions.ts';
import { type Format, widened, widenNormal } from './float.ts';
import { fromInteger } from './integer.ts';
import { isEmpty, popSlot, readSlot, readWords, type Stack, slot } from './stack.ts';
import type { Encoded } from './unpack.ts';
import { wide } from './wide.ts';
import { EXCEPTION } from './words.ts';

/**
 * (destination, a, b, pop) → delivered: ST(destination) := ST(a) op ST(b), then a pop if `pop` is 1 and the result
 * was delivered. Registers by their number in the stack.
 */
export const defineRegisters = (builder: ModuleBuilder, kernel: Callee, stack: Stack): Callee =>
  builder.define(`${kernel.name}_registers`, ['i32', 'i32', 'i32', 'i32'], 'i32', (c, destination, a, b, pop) => {
    const { status, tag } = readWords(c);
    const [to, x, y] = [slot(c, c.get(destination), status), slot(c, c.get(a), status), slot(c, c.get(b), status)];
    const delivered = c.ifValue(
      'i32',
      c.or(isEmpty(c, x, tag), isEmpty(c, y, tag)),
      () => c.call(stack.underflow, to.physical),
      () => {
        const [p, q] = [readSlot(c, x), readSlot(c, y)];
        return c.call(kernel, to.at, p.significand, p.signExponent, q.significand, q.signExponent);
      },
    );
    c.if(c.and(delivered, c.get(pop)), () => popSlot(c));
    return delivered;
  });

/** () → delivered: ST(0) := op ST(0). */
export const defineUnary = (builder: ModuleBuilder, kernel: Callee, stack: Stack): Callee =>
  builder.define(`${kernel.name}_top`, [], 'i32', (c) => {
    const top = slot(c, 0);
    c.if(isEmpty(c, top), () => c.return(c.call(stack.underflow, top.physical)));
    const { significand, signExponent } = readSlot(c, top);
    return c.call(kernel, top.at, significand, signExponent);
  });

/** How a kernel is applied to ST(0) and a memory operand. */
export interface MemoryForm {
  readonly kernel: Callee;
  /** memory op ST(0) instead of ST(0) op memory. */
  readonly reversed: boolean;
  /** ST(0) = 0 makes the operation invalid or a division by zero, which come before DE. */
  readonly divides: boolean;
}

const apply = (c: Code, { kernel, reversed }: MemoryForm, at: Val, st: Encoded, operand: Encoded): Val => {
  const [a, b] = reversed ? [operand, st] : [st, operand];
  return c.call(kernel, at, a.significand, a.signExponent, b.significand, b.signExponent);
};

/** (bits) → delivered. ST(0) := ST(0) op a float from memory. */
export const defineFloat = (
  builder: ModuleBuilder,
  name: string,
  form: MemoryForm,
  format: Format,
  widen: Callee,
  exceptions: Exceptions,
  stack: Stack,
): Callee =>
  builder.define(`x87_${name}_${format.name}`, ['i64'], 'i32', (c, bits) => {
    const w = wide(c);
    const top = slot(c, 0);
    c.if(isEmpty(c, top), () => c.return(c.call(stack.underflow, top.physical)));
    const st = readSlot(c, top);
    const operand = widenNormal(c, format, c.get(bits));
    c.if(operand.normal, () => c.return(apply(c, form, top.at, st, operand)));
    c.if(c.call(widen, c.get(bits)), () => {
      // A denormal operand gives way to NaNs, invalid operations and divisions by zero.
      const { nan, unsupported } = classify(c, st.significand, st.signExponent);
      const zero = form.divides && form.reversed ? w.isZero(st.significand) : c.const(0);
      c.if(c.eqz(c.or(c.or(nan, unsupported), zero)), () => {
        c.if(c.call(exceptions.raise, EXCEPTION.DE), () => c.return(c.const(0)));
      });
    });
    return apply(c, form, top.at, st, widened(c));
  });

/** (value) → delivered. ST(0) := ST(0) op a signed integer. */
export const defineInteger = (builder: ModuleBuilder, name: string, form: MemoryForm, stack: Stack): Callee =>
  builder.define(`x87_${name}_integer`, ['i64'], 'i32', (c, value) => {
    const top = slot(c, 0);
    c.if(isEmpty(c, top), () => c.return(c.call(stack.underflow, top.physical)));
    return apply(c, form, top.at, readSlot(c, top), fromInteger(c, c.get(value)));
  });
