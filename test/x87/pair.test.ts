/** Registers as pairs of doubles (translator/x87/pair.ts) against the integer arithmetic: results, PE and C1. */
import { beforeAll, expect, test } from 'vitest';
import { STATE } from '../../translator/layout.ts';
import type { Val } from '../../translator/wasm/code.ts';
import { roundsOnce } from '../../translator/wasm/fused.ts';
import { ModuleBuilder } from '../../translator/wasm/module.ts';
import { defineX87 } from '../../translator/x87/index.ts';
import {
  addPairs,
  divideFused,
  multiplyByHalves,
  multiplyPairs,
  ORDINARY,
  rootFused,
} from '../../translator/x87/pair.ts';
import { PAIR_LOW } from '../../translator/x87/pair-functions.ts';
import { RESULT, STATUS } from '../../translator/x87/words.ts';
import { type Extended, Fpu, hexOf } from './fpu.ts';
import { random } from './random.ts';

/** The same with one operand, for both. */
const ofOne =
  (operation: typeof multiplyPairs): typeof multiplyPairs =>
  (c, slow, limit, a) =>
    operation(c, slow, limit, { ...a, identity: 0 }, { ...a, identity: 0 });
const IN_LINE = {
  add: addPairs(false),
  subtract: addPairs(true),
  multiply: multiplyPairs,
  multiplyByHalves,
  twice: ofOne(addPairs(false)),
  square: ofOne(multiplyPairs),
  ...(roundsOnce() && { divide: divideFused, sqrt: rootFused }),
};
type InLine = keyof typeof IN_LINE;
/** Which operands are known to be doubles. */
const KNOWN = [0, 1, 2, 3];
const PE = 0x20;
const GAINED = RESULT;

let fpu: Fpu;
/** (a, its low part, b, its low part) → high part of the result, or a NaN where the way in line gave up. */
let inLine: Record<string, (...parts: number[]) => number>;

beforeAll(() => {
  fpu = new Fpu();
  const builder = new ModuleBuilder();
  for (const [name, build] of Object.entries(IN_LINE))
    for (const known of KNOWN)
      builder.define(
        `${name}${known}`,
        ['f64', 'f64', 'f64', 'f64'],
        'f64',
        (c, ...p) => {
          const [aHigh, aLow, bHigh, bLow] = p.map((local) => c.get(local)) as [Val, Val, Val, Val];
          c.block('slow', () => {
            const a = { high: aHigh, low: aLow, isDouble: (known & 1) !== 0 };
            const b = { high: bHigh, low: bLow, isDouble: (known & 2) !== 0 };
            const { high, low, gained } = build(c, 'slow', c.const64(BigInt(ORDINARY)), a, b);
            c.storeAs('f64', PAIR_LOW, low);
            c.storeAs('f64', GAINED, gained);
            c.return(high);
          });
          return c.make('f64', [], (m) => m.f64.const(Number.NaN));
        },
        true,
      );
  const module = new WebAssembly.Module(builder.emit() as BufferSource);
  builder.dispose();
  inLine = new WebAssembly.Instance(module, { env: { memory: fpu.memory } }).exports as typeof inLine;
  // What the exact functions are imported for elsewhere.
  expect(Object.keys(defineX87(new ModuleBuilder()))).toContain('x87_pair_add');
});

const numbers = (seed: number) => {
  const { below, next64, pick } = random(seed);
  const TOP = 1n << 63n;
  /** Long and short ones, neighbours of powers of two, runs of ones, halves of a double's last place. */
  const significand = (): bigint => {
    const kinds = [
      () => next64(),
      () => next64() & -2048n,
      () => next64() & (-1n << BigInt(40 + below(24))),
      () => TOP | (1n << BigInt(below(63))),
      () => TOP + BigInt(below(3000)),
      () => -1n - BigInt(below(3000)),
      () => (next64() & -2048n) | pick([0n, 1n, 0x3ffn, 0x400n, 0x401n, 0x7ffn]),
      () => TOP,
    ];
    return BigInt.asUintN(64, pick(kinds)() | TOP);
  };
  const number = (): Extended => ({
    significand: significand(),
    signExponent: (below(2) << 15) | (0x3fff + pick([0, 0, 1, -1, below(24) - 12, below(150) - 75, below(1700) - 850])),
  });
  /** Often near the other operand, so that sums cancel. */
  const near = ({ significand: s, signExponent }: Extended): Extended => ({
    significand: BigInt.asUintN(64, (s + BigInt(below(5000) - 2500)) | TOP),
    signExponent: signExponent ^ (below(2) << 15),
  });
  const zero = (): Extended => ({ significand: 0n, signExponent: below(2) << 15 });
  return (): [Extended, Extended] => {
    const a = below(40) ? number() : zero();
    const kind = below(40);
    return [a, kind === 0 ? zero() : kind < 10 && a.significand ? near(a) : number()];
  };
};

interface Parts {
  readonly high: number;
  readonly low: number;
}
const pairOf = ({ significand, signExponent }: Extended): Parts => {
  const high = fpu.call['x87_pair']!(significand, signExponent) as number;
  return { high, low: fpu.view.getFloat64(PAIR_LOW, true) };
};
const read = (at: number): Extended => ({
  significand: fpu.view.getBigUint64(at, true),
  signExponent: fpu.view.getUint16(at + 8, true),
});
const AT = STATE.fpu;
const encoded = ({ high, low }: Parts): Extended => {
  fpu.call['x87_write_pair']!(AT, high, low);
  return read(AT);
};
/** What the integer arithmetic makes, and its PE and C1. */
const exactly = (name: string, operands: readonly Extended[]): { value: string; flags: number } => {
  fpu.state.set(STATE.fpuStatus, 0);
  fpu.call[`x87_${name}`]!(AT, ...operands.flatMap(({ significand, signExponent }) => [significand, signExponent]));
  return { value: hexOf(read(AT)), flags: fpu.state.get(STATE.fpuStatus) & (PE | STATUS.C1) };
};
const flagsOf = (high: number, gained: number): number => {
  if (gained === 0) return 0;
  return PE | (gained > 0 === high > 0 ? STATUS.C1 : 0);
};

const COUNT = Number(process.env['VMI86_PAIRS'] ?? 20_000);

test('every pair is the number that it was made of', () => {
  const next = numbers(1);
  for (let n = 0; n < COUNT; n++) for (const one of next()) expect(hexOf(encoded(pairOf(one)))).toBe(hexOf(one));
});

test('what is too large or small, denormal, infinite or a NaN is no pair', () => {
  for (const hex of [
    '0000 8000000000000000',
    '0001 8000000000000000',
    '3FFF 0000000000000000',
    '7FFF 8000000000000000',
    '7FFF C000000000000000',
  ]) {
    const [signExponent, significand] = hex.split(' ') as [string, string];
    expect(
      pairOf({ significand: BigInt(`0x${significand}`), signExponent: Number.parseInt(signExponent, 16) }).high,
    ).toBeNaN();
  }
  expect(pairOf({ significand: 1n << 62n, signExponent: 0x3fff }).high).toBeNaN();
});

/** What has its operand twice, and says so, against the same of two operands. */
const OF_ONE: Readonly<Record<string, string>> = { twice: 'add', square: 'multiply' };

test.each(Object.keys(IN_LINE) as InLine[])('%s in line', (name) => {
  const next = numbers(2);
  const exact = OF_ONE[name] ?? (name.startsWith('multiply') ? 'multiply' : name);
  let done = 0;
  let tried = 0;
  for (let n = 0; n < COUNT; n++) {
    const operands = next();
    if (OF_ONE[name]) operands[1] = operands[0];
    const [a, b] = operands.map(pairOf) as [Parts, Parts];
    for (const known of KNOWN) {
      if ((known & 1 && a.low !== 0) || (known & 2 && b.low !== 0)) continue;
      tried++;
      const high = inLine[`${name}${known}`]!(a.high, a.low, b.high, b.low);
      if (Number.isNaN(high)) continue;
      done++;
      const low = fpu.view.getFloat64(PAIR_LOW, true);
      const flags = flagsOf(high, fpu.view.getFloat64(GAINED, true));
      const value = hexOf(encoded({ high, low }));
      expect({ operands: operands.map(hexOf), known, value, flags }).toEqual({
        operands: operands.map(hexOf),
        known,
        ...exactly(exact, name === 'sqrt' ? [operands[0]] : operands),
      });
    }
  }
  expect(done).toBeGreaterThan(0.2 * tried);
});

const FUNCTIONS = ['divide', 'sqrt', 'add', 'multiply'];
/** The high part of what a function makes of pairs, its low part being at PAIR_LOW. */
const asFunction = (name: string, pairs: readonly Parts[]): number =>
  fpu.call[`x87_pair_${name}`]!(...pairs.flatMap(({ high, low }) => [high, low])) as number;

test.each(FUNCTIONS)('%s as a function', (name) => {
  const next = numbers(3);
  let done = 0;
  for (let n = 0; n < COUNT; n++) {
    const operands = next().slice(name === 'sqrt' ? 1 : 0);
    const pairs = operands.map(pairOf);
    fpu.state.set(STATE.fpuStatus, 0);
    const high = asFunction(name, pairs);
    if (Number.isNaN(high)) continue;
    done++;
    const low = fpu.view.getFloat64(PAIR_LOW, true);
    const flags = fpu.state.get(STATE.fpuStatus) & (PE | STATUS.C1);
    const value = hexOf(encoded({ high, low }));
    expect({ operands: operands.map(hexOf), value, flags }).toEqual({
      operands: operands.map(hexOf),
      ...exactly(name, operands),
    });
  }
  expect(done).toBeGreaterThan(0.2 * COUNT);
});

test.each(FUNCTIONS)('%s as a function makes nothing of what an exception may come of', (name) => {
  const pairs = [3, 7].slice(name === 'sqrt' ? 1 : 0).map((high) => ({ high, low: 0 }));
  const masked = fpu.state.get(STATE.fpuControl);
  expect(asFunction(name, pairs)).not.toBeNaN();
  fpu.state.set(STATE.fpuControl, masked & ~PE);
  const seen = asFunction(name, pairs);
  fpu.state.set(STATE.fpuControl, masked);
  expect(seen).toBeNaN();
});
