/** Instructions with random operands and control words, compared with the machine's own FPU. */
import { afterAll, describe, expect, it } from 'vitest';
import { TRANSCENDENTALS } from '../../translator/isa/x87.ts';
import { type Extended, Fpu, hexOf } from './fpu.ts';
import { OPERAND, type Outcome, type Request, realFpu } from './native/real.ts';
import { type Random, random } from './random.ts';

interface Case {
  readonly name: string;
  /** A memory operand is [eax]: ModRM mod 0, r/m 0. */
  readonly code: readonly number[];
  readonly run: (fpu: Fpu, operand: DataView) => void;
  /** Bits of the status word that differ between processors. */
  readonly ignore?: number;
  /** Bytes of the operand that hold addresses and opcode, which differ. */
  readonly pointers?: readonly [number, number];
  /** Results may differ by a unit in the last place. */
  readonly approximate?: boolean;
  readonly operand?: (r: Random) => bigint;
}

const I64 = (v: DataView) => v.getBigInt64(0, true);
const U64 = (v: DataView) => v.getBigUint64(0, true);
const U32 = (v: DataView) => BigInt(v.getUint32(0, true));
const I32 = (v: DataView) => BigInt(v.getInt32(0, true));
const I16 = (v: DataView) => BigInt(v.getInt16(0, true));

const NAMES = ['add', 'multiply', '', '', 'subtract', 'subtract_reversed', 'divide', 'divide_reversed'] as const;
const arithmetic = NAMES.flatMap((name, n): Case[] => {
  if (!name) return [];
  const kernel = name.replace('_reversed', '');
  const reversed = kernel !== name;
  const top = (fpu: Fpu) => fpu.call[`x87_${kernel}_registers`]!(0, reversed ? 1 : 0, reversed ? 0 : 1, 0);
  const other = (pop: number) => (fpu: Fpu) =>
    fpu.call[`x87_${kernel}_registers`]!(1, reversed ? 1 : 0, reversed ? 0 : 1, pop);
  return [
    { name: `${name} st, st1`, code: [0xd8, 0xc1 + 8 * n], run: top },
    { name: `${name} st1, st`, code: [0xdc, 0xc1 + 8 * n], run: other(0) },
    { name: `${name}p`, code: [0xde, 0xc1 + 8 * n], run: other(1) },
    { name: `${name} m32`, code: [0xd8, 8 * n], run: (f, m) => f.call[`x87_${name}_f32`]!(U32(m)), operand: f32 },
    { name: `${name} m64`, code: [0xdc, 8 * n], run: (f, m) => f.call[`x87_${name}_f64`]!(U64(m)), operand: f64 },
    { name: `i${name} m32`, code: [0xda, 8 * n], run: (f, m) => f.call[`x87_${name}_integer`]!(I32(m)) },
    { name: `i${name} m16`, code: [0xde, 8 * n], run: (f, m) => f.call[`x87_${name}_integer`]!(I16(m)) },
  ];
});

/** Floats with exponents that the registers' own have company with. */
function f32(r: Random): bigint {
  const exponent = r.pick([0, 0, 1, 0x7f, 0x7e, 0x80, 0xfe, 0xff, r.below(256)]);
  const fraction = r.pick([0, 1, 0x7fffff, 0x400000, r.below(0x800000)]);
  return BigInt(r.below(2) * 2 ** 31 + exponent * 2 ** 23 + fraction);
}
function f64(r: Random): bigint {
  const exponent = BigInt(r.pick([0, 0, 1, 0x3ff, 0x3fe, 0x400, 0x7fe, 0x7ff, r.below(2048)]));
  const fraction = r.pick([0n, 1n, (1n << 52n) - 1n, 1n << 51n, r.next64() >> 12n]);
  return (BigInt(r.below(2)) << 63n) | (exponent << 52n) | fraction;
}

/** Writes what a store leaves, and pops, as the instruction does. */
const store =
  (name: string, bytes: number, pop: boolean, ...args: number[]) =>
  (fpu: Fpu, m: DataView) => {
    if (!fpu.call[name]!(...args)) return;
    const result = fpu.resultBytes;
    for (let n = 0; n < bytes; n++) m.setUint8(n, result[n]!);
    if (pop) fpu.call['x87_pop']!();
  };

/** An instruction that the runtime executes on a memory operand of so many bytes. */
const host =
  (name: string, bytes: number, operandSize: 16 | 32 = 32) =>
  (fpu: Fpu, m: DataView) => {
    for (let n = 0; n < bytes; n++) fpu.operand.setUint8(n, m.getUint8(n));
    fpu.host(name, 0xd9, operandSize);
    for (let n = 0; n < bytes; n++) m.setUint8(n, fpu.operand.getUint8(n));
  };
/** Packed decimals with digits that are digits. */
const decimal = (r: Random): bigint => {
  let value = 0n;
  for (let n = 0; n < 16; n++) value = (value << 4n) | BigInt(r.below(10));
  return value >> BigInt(4 * r.below(16));
};

const C1 = 0x200;
const CONDITION = 0x4500;
const CASES: Case[] = [
  ...arithmetic,
  { name: 'fsqrt', code: [0xd9, 0xfa], run: (f) => f.call['x87_sqrt_top']!() },
  { name: 'frndint', code: [0xd9, 0xfc], run: (f) => f.call['x87_round_to_integer_top']!() },
  { name: 'fprem', code: [0xd9, 0xf8], run: (f) => f.call['x87_remainder']!(0) },
  { name: 'fprem1', code: [0xd9, 0xf5], run: (f) => f.call['x87_remainder']!(1) },
  { name: 'fscale', code: [0xd9, 0xfd], run: (f) => f.call['x87_scale']!() },
  { name: 'fxtract', code: [0xd9, 0xf4], run: (f) => f.call['x87_extract']!() },
  { name: 'fxam', code: [0xd9, 0xe5], run: (f) => f.call['x87_examine']!() },
  { name: 'fchs', code: [0xd9, 0xe0], run: (f) => f.call['x87_sign']!(0x8000, 0x8000) },
  { name: 'fabs', code: [0xd9, 0xe1], run: (f) => f.call['x87_sign']!(0, 0) },
  { name: 'fld st2', code: [0xd9, 0xc2], run: (f) => f.call['x87_load_register']!(2) },
  { name: 'fst st2', code: [0xdd, 0xd2], run: (f) => f.call['x87_store_register']!(2, 0) },
  { name: 'fstp st2', code: [0xdd, 0xda], run: (f) => f.call['x87_store_register']!(2, 1) },
  { name: 'fxch st1', code: [0xd9, 0xc9], run: (f) => f.call['x87_exchange']!(1) },
  { name: 'ffree st1', code: [0xdd, 0xc1], run: (f) => f.call['x87_free']!(1, 0) },
  { name: 'fincstp', code: [0xd9, 0xf7], run: (f) => f.call['x87_rotate']!(1) },
  { name: 'fdecstp', code: [0xd9, 0xf6], run: (f) => f.call['x87_rotate']!(-1) },
  { name: 'fld m32', code: [0xd9, 0x00], run: (f, m) => f.call['x87_load_f32']!(U32(m)), operand: f32 },
  { name: 'fld m64', code: [0xdd, 0x00], run: (f, m) => f.call['x87_load_f64']!(U64(m)), operand: f64 },
  { name: 'fld m80', code: [0xdb, 0x28], run: (f, m) => f.call['x87_push']!(U64(m), m.getUint16(8, true)) },
  { name: 'fild m16', code: [0xdf, 0x00], run: (f, m) => f.call['x87_load_integer']!(I16(m)) },
  { name: 'fild m32', code: [0xdb, 0x00], run: (f, m) => f.call['x87_load_integer']!(I32(m)) },
  { name: 'fild m64', code: [0xdf, 0x28], run: (f, m) => f.call['x87_load_integer']!(I64(m)) },
  { name: 'fst m32', code: [0xd9, 0x10], run: store('x87_store_f32', 4, false) },
  { name: 'fst m64', code: [0xdd, 0x10], run: store('x87_store_f64', 8, false) },
  { name: 'fstp m64', code: [0xdd, 0x18], run: store('x87_store_f64', 8, true) },
  { name: 'fstp m80', code: [0xdb, 0x38], run: store('x87_store_extended', 10, true) },
  { name: 'fist m16', code: [0xdf, 0x10], run: store('x87_store_integer', 2, false, 16) },
  { name: 'fist m32', code: [0xdb, 0x10], run: store('x87_store_integer', 4, false, 32) },
  { name: 'fistp m64', code: [0xdf, 0x38], run: store('x87_store_integer', 8, true, 64) },
  { name: 'fcom st1', code: [0xd8, 0xd1], run: (f) => f.call['x87_compare_registers']!(1, 0, 0) },
  { name: 'fcomp st1', code: [0xd8, 0xd9], run: (f) => f.call['x87_compare_registers']!(1, 0, 1) },
  { name: 'fcompp', code: [0xde, 0xd9], run: (f) => f.call['x87_compare_registers']!(1, 0, 2) },
  { name: 'fucom st1', code: [0xdd, 0xe1], run: (f) => f.call['x87_compare_registers']!(1, 1, 0) },
  { name: 'fucompp', code: [0xda, 0xe9], run: (f) => f.call['x87_compare_registers']!(1, 1, 2) },
  { name: 'fcom m32', code: [0xd8, 0x10], run: (f, m) => f.call['x87_compare_f32']!(U32(m), 0), operand: f32 },
  { name: 'fcomp m64', code: [0xdc, 0x18], run: (f, m) => f.call['x87_compare_f64']!(U64(m), 1), operand: f64 },
  { name: 'ficom m16', code: [0xde, 0x10], run: (f, m) => f.call['x87_compare_integer']!(I16(m), 0) },
  { name: 'ficomp m32', code: [0xda, 0x18], run: (f, m) => f.call['x87_compare_integer']!(I32(m), 1) },
  { name: 'ftst', code: [0xd9, 0xe4], run: (f) => f.call['x87_compare_integer']!(0n, 0) },
  { name: 'fnstenv', code: [0xd9, 0x30], run: host('fnstenv', 28), pointers: [12, 28] },
  { name: 'fnsave', code: [0xdd, 0x30], run: host('fnsave', 108), pointers: [12, 28] },
  { name: 'fnstenv16', code: [0x66, 0xd9, 0x30], run: host('fnstenv', 14, 16), pointers: [6, 14] },
  { name: 'fldenv', code: [0xd9, 0x20], run: host('fldenv', 28), operand: (r) => r.next64() & 0x3fff_0000_1f7fn },
  { name: 'frstor', code: [0xdd, 0x20], run: host('frstor', 108), operand: (r) => r.next64() & 0x3fff_0000_1f7fn },
  { name: 'fbld', code: [0xdf, 0x20], run: host('fbld', 10), operand: decimal },
  { name: 'fbstp', code: [0xdf, 0x30], run: host('fbstp', 10) },
  ...TRANSCENDENTALS.map(
    ([name, modrm]): Case => ({ name, code: [0xd9, modrm], run: (f) => f.host(name), approximate: true, ignore: C1 }),
  ),
  { name: 'fld1', code: [0xd9, 0xe8], run: (f) => f.call['x87_push']!(1n << 63n, 0x3fff) },
  { name: 'fldcw', code: [0xd9, 0x28], run: (f, m) => f.call['x87_load_control']!(m.getUint16(0, true)) },
  { name: 'fnclex', code: [0xdb, 0xe2], run: (f) => f.call['x87_clear_exceptions']!() },
  { name: 'fninit', code: [0xdb, 0xe3], run: (f) => f.call['x87_initialize']!() },
];

const EXCEPTIONS = 0x3f;
const request = (r: Random, { code, operand }: Case): Request => {
  const control = r.below(3)
    ? 0x37f
    : (r.below(4) << 10) | (r.pick([0, 2, 3, 3]) << 8) | 0x40 | (r.next() & EXCEPTIONS);
  const full = r.below(8) === 0 ? r.below(9) : 3;
  const top = r.below(8);
  // Registers in stack order; the first `full` are in use.
  let empty = 0;
  for (let n = full; n < 8; n++) empty |= 1 << ((top + n) & 7);
  // Flags from before stay; only masked ones, or the instruction would not be executed.
  const status = (top << 11) | (r.next() & EXCEPTIONS & control) | (r.next() & (CONDITION | C1));
  const bytes = new Uint8Array(OPERAND);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, operand ? operand(r) : r.next64() >> BigInt(r.below(64)), true);
  view.setUint16(8, r.next() & 0xffff, true);
  for (let n = 10; n < OPERAND; n++) view.setUint8(n, r.next() >>> 8);
  return { code, control, status, empty, registers: Array.from({ length: 8 }, r.extended), operand: bytes };
};

const predict = (fpu: Fpu, test: Case, { control, status, empty, registers, operand }: Request): Outcome => {
  fpu.reset(control);
  const top = (status >> 11) & 7;
  fpu.set(status, empty);
  for (const [n, value] of registers.entries()) fpu.write((top + n) & 7, value);
  const after = new Uint8Array(operand);
  test.run(fpu, new DataView(after.buffer));
  return {
    control: fpu.control,
    status: fpu.status,
    tag: 0,
    empty: fpu.empty,
    registers: registers.map((_, n) => fpu.read((fpu.top + n) & 7)),
    operand: after,
    eflags: 0,
    eax: 0,
  };
};

const describeState = (o: Outcome | Request, ignore: number): string =>
  [
    `control ${o.control.toString(16)} status ${(o.status & ~ignore).toString(16)} empty ${o.empty.toString(2)}`,
    ...o.registers.map(hexOf),
    Buffer.from(o.operand).toString('hex'),
  ].join('\n');

/** With registers that are a unit in the last place away from the real ones replaced by those. */
const snapped = (got: Outcome, real: Outcome): Outcome => {
  const position = ({ significand, signExponent }: Extended): bigint =>
    (BigInt(signExponent & 0x7fff) << 63n) + BigInt.asUintN(63, significand);
  const near = (a: Extended, b: Extended): boolean => {
    const distance = position(a) - position(b);
    return a.signExponent >> 15 === b.signExponent >> 15 && distance >= -1n && distance <= 1n;
  };
  return {
    ...got,
    registers: got.registers.map((value, n) => (near(value, real.registers[n]!) ? real.registers[n]! : value)),
  };
};

const COUNT = 3000;
const real = realFpu();
afterAll(() => real?.dispose());

if (!real) {
  console.log('skipped: no gcc that builds 32-bit programs, or no processor that runs them');
  it.skip('x87 against the real FPU: no 32-bit programs here', () => {});
} else {
  describe('x87 against the real FPU', () => {
    const fpu = new Fpu();
    for (const test of CASES) {
      it(test.name, () => {
        const r = random(0x2f6e2b1);
        const requests = Array.from({ length: COUNT }, () => request(r, test));
        const ignore = test.ignore ?? 0;
        const wrong: string[] = [];
        real.run(requests).forEach((outcome, n) => {
          const predicted = predict(fpu, test, requests[n]!);
          if (test.pointers) for (const o of [outcome, predicted]) o.operand.fill(0, ...test.pointers);
          const expected = describeState(outcome, ignore);
          const got = describeState(test.approximate ? snapped(predicted, outcome) : predicted, ignore);
          if (got !== expected) wrong.push(`${describeState(requests[n]!, 0)}\nexpected\n${expected}\ngot\n${got}\n`);
        });
        expect(wrong.slice(0, 2).join('\n'), `${wrong.length} of ${COUNT} differ`).toBe('');
      });
    }
  });
}
