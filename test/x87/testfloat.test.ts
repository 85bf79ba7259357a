/** Every vector of ../shared/vectors/testfloat-x87: results and exception flags must be exactly those. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { extended, Fpu, hexOf } from './fpu.ts';

const VECTORS = new URL('../../../shared/vectors/testfloat-x87/', import.meta.url);

const ROUNDING: Record<string, number> = { near: 0x000, down: 0x400, up: 0x800, zero: 0xc00 };
const PRECISION: Record<string, number> = { 32: 0x000, 64: 0x200, 80: 0x300 };
/** The suite's flags in the order of their bits: inexact, underflow, overflow, zero divide, invalid. */
const FLAGS = [0x20, 0x10, 0x08, 0x04, 0x01];
/** The vectors say nothing of DE (02h), and SF and the condition codes are no exceptions. */
const FLAG_MASK = 0x3d;

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

const flagsOf = (hex: string): number => {
  const bits = Number.parseInt(hex, 16);
  return FLAGS.reduce((flags, flag, n) => flags | ((bits >> n) & 1 ? flag : 0), 0);
};

if (!existsSync(VECTORS)) {
  console.log(`skipped: no vectors at ${VECTORS.pathname}`);
  it.skip('TestFloat vectors: the folder is absent', () => {});
} else {
  describe('TestFloat vectors', () => {
    for (const file of readdirSync(VECTORS).sort()) {
      const name = file.split('.')[0]!;
      it(name, () => {
        const lines = gunzipSync(readFileSync(new URL(file, VECTORS)))
          .toString()
          .trim()
          .split('\n');
        const wrong: string[] = [];
        for (const line of lines) {
          const [, rounding, precision, ...rest] = line.replace(' =', '').split(' ');
          const [result, flags] = rest.slice(-2) as [string, string];
          fpu.reset(0x3f | ROUNDING[rounding!]! | PRECISION[precision!]!);
          const got = OPERATIONS[name]!(rest[0]!, rest[1]!);
          const raised = fpu.status & FLAG_MASK;
          if (got !== result || raised !== flagsOf(flags)) wrong.push(`${line} → ${got} ${raised.toString(16)}`);
        }
        expect(lines.length).toBeGreaterThan(100);
        expect(wrong.slice(0, 10), `${wrong.length} of ${lines.length} wrong`).toEqual([]);
      });
    }
  });
}
