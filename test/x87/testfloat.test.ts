/** Every vector of ../shared/vectors/testfloat-x87: results and exception flags must be exactly those. */
import { describe, expect, it } from 'vitest';
import { extended, Fpu, hexOf } from './fpu.ts';
import { FLAG_MASK, testFloatOperations, testFloatVectors } from './testfloat.ts';

const fpu = new Fpu();
const integer = (hex: string): bigint => BigInt.asIntN(hex.length * 4, BigInt(`0x${hex}`));
const hexInteger = (value: bigint, digits: number): string =>
  BigInt.asUintN(digits * 4, value)
    .toString(16)
    .toUpperCase()
    .padStart(digits, '0');

const push = (hex: string): void => {
  const { significand, signExponent } = extended(hex);
  fpu.call['x87_push']!(significand, signExponent);
};
const top = (): string => hexOf(fpu.read(fpu.top));

const binary = (kernel: string) => (a: string, b: string) => {
  push(b);
  push(a);
  fpu.call[`x87_${kernel}_registers`]!(0, 0, 1, 0);
  return top();
};
const unary = (name: string) => (a: string) => {
  push(a);
  fpu.call[name]!();
  return top();
};
const load = (name: string) => (a: string) => {
  fpu.call[name]!(name.includes('integer') ? integer(a) : BigInt(`0x${a}`));
  return top();
};
const store =
  (name: string, digits: number, ...args: number[]) =>
  (a: string) => {
    push(a);
    fpu.call[name]!(...args);
    return hexInteger(fpu.result, digits);
  };
const LESS = 0x100;
const EQUAL = 0x4000;
const compare =
  (quiet: number, ...conditions: number[]) =>
  (a: string, b: string) => {
    push(b);
    push(a);
    fpu.call['x87_compare_registers']!(1, quiet, 0);
    return conditions.includes(fpu.status & 0x4500) ? '1' : '0';
  };

const OPERATIONS: Record<string, (a: string, b: string) => string> = {
  extF80_add: binary('add'),
  extF80_sub: binary('subtract'),
  extF80_mul: binary('multiply'),
  extF80_div: binary('divide'),
  extF80_sqrt: unary('x87_sqrt_top'),
  extF80_roundToInt: unary('x87_round_to_integer_top'),
  extF80_to_f32: store('x87_store_f32', 8),
  extF80_to_f64: store('x87_store_f64', 16),
  extF80_to_i32: store('x87_store_integer', 8, 32),
  extF80_to_i64: store('x87_store_integer', 16, 64),
  f32_to_extF80: load('x87_load_f32'),
  f64_to_extF80: load('x87_load_f64'),
  i32_to_extF80: load('x87_load_integer'),
  i64_to_extF80: load('x87_load_integer'),
  extF80_eq: compare(1, EQUAL),
  extF80_eq_signaling: compare(0, EQUAL),
  extF80_le: compare(0, LESS, EQUAL),
  extF80_le_quiet: compare(1, LESS, EQUAL),
  extF80_lt: compare(0, LESS),
  extF80_lt_quiet: compare(1, LESS),
  extF80_rem: (a, b) => {
    push(b);
    push(a);
    do fpu.call['x87_remainder']!(1);
    while (fpu.status & 0x400);
    return top();
  },
};

const operations = testFloatOperations();

describe.skipIf(!operations)('TestFloat vectors', () => {
  it.each(operations ?? [])('%s', (name) => {
    const vectors = testFloatVectors(name);
    const wrong = vectors.flatMap(({ line, control, operands, result, flags }) => {
      fpu.reset(control);
      const got = OPERATIONS[name]!(operands[0]!, operands[1]!);
      const raised = fpu.status & FLAG_MASK;
      return got === result && raised === flags ? [] : [`${line} → ${got} ${raised.toString(16)}`];
    });
    expect(vectors.length).toBeGreaterThan(100);
    expect(wrong.slice(0, 10), `${wrong.length} of ${vectors.length} wrong`).toEqual([]);
  });
});
