/** What differs between two outcomes, in words; and what to tell of a sequence that two engines disagree about. */
import { disassembleAt } from '../../translator/isa/disassembler.ts';
import { EFLAGS, GPR_NAMES } from '../../translator/layout.ts';
import { describeFpu, fpuDifferences } from './fpu-image.ts';
import { codeOf, type Item, repetition, type Sequence } from './generator.ts';
import { CODE, DATA, type Outcome, type Start } from './layout.ts';

/** RF in the saved EFLAGS of a fault is the delivery's, which the emulated outcome is taken before. */
const COMPARED_FLAGS = ~EFLAGS.RF;
/** A fetch that faults says so only where NX is on. */
const FETCH = 0x10;

const hex = (value: number): string => (value >>> 0).toString(16);

/** Bits not to be compared: of EFLAGS and of the x87 status word. */
export interface Masked {
  readonly flags: number;
  readonly status: number;
}
const NOTHING_MASKED: Masked = { flags: 0, status: 0 };

/** Empty when the outcomes agree. */
export const differences = (
  a: Outcome | undefined,
  b: Outcome | undefined,
  masked: Masked = NOTHING_MASKED,
): string[] => {
  if (!a || !b) return a === b ? [] : [`${a ? 'ends' : 'does not end'} | ${b ? 'ends' : 'does not end'}`];
  const found: string[] = [];
  const check = (name: string, x: number, y: number) => {
    if ((x ^ y) | 0) found.push(`${name} ${hex(x)} | ${hex(y)}`);
  };
  check('exception', a.vector, b.vector);
  check('error code', a.code & ~FETCH, b.code & ~FETCH);
  check('cr2', a.cr2, b.cr2);
  check('eip', a.eip, b.eip);
  check('eflags', a.eflags & COMPARED_FLAGS & ~masked.flags, b.eflags & COMPARED_FLAGS & ~masked.flags);
  for (const [index, name] of GPR_NAMES.entries()) check(name, a.registers[index]!, b.registers[index]!);
  if (Buffer.compare(a.fpu, b.fpu)) found.push(...fpuDifferences(a.fpu, b.fpu, masked.status));
  if (Buffer.compare(a.data, b.data)) {
    for (const [at, value] of a.data.entries()) check(`[${hex(DATA + at)}]`, value, b.data[at]!);
  }
  return found;
};

/** The shortest sequence of some of the items that still fails: once only, if it can; then items go one by one. */
export const minimize = (sequence: Sequence, disagrees: (start: Start) => boolean): Sequence => {
  let shortest = sequence;
  const attempt = (change: Partial<Sequence>): void => {
    const { items, repeated } = { ...shortest, ...change };
    const start = { ...sequence.start, code: codeOf(items, repeated) };
    if (disagrees(start)) shortest = { ...shortest, items, repeated, start };
  };
  if (shortest.repeated) attempt({ repeated: false });
  for (let n = shortest.items.length - 1; n >= 0; n--) attempt({ items: shortest.items.toSpliced(n, 1) });
  return shortest;
};

export const listing = (items: readonly Item[]): string => {
  const code = items.flat();
  const lines: string[] = [];
  for (let at = 0; at < code.length; ) {
    const { length, text, address } = disassembleAt((index) => code[at + index] ?? 0, CODE + at, 32);
    const bytes = code.slice(at, at + length).map((byte) => byte.toString(16).padStart(2, '0'));
    lines.push(`  ${hex(address)}  ${bytes.join(' ').padEnd(24)}  ${text}`);
    at += length;
  }
  return lines.join('\n');
};

const state = (registers: readonly number[], eflags: number, eip: number): string => {
  const named = GPR_NAMES.map((name, index) => `${name} ${hex(registers[index]!)}`);
  return `  ${[...named, `eflags ${hex(eflags)}`, `eip ${hex(eip)}`].join(' ')}`;
};

const final = (outcome: Outcome | undefined): string =>
  outcome
    ? `  exception ${outcome.vector}, code ${hex(outcome.code)}\n${state(outcome.registers, outcome.eflags, outcome.eip)}`
    : '  did not end';

export interface Party {
  readonly name: string;
  readonly outcome: Outcome | undefined;
}

/** Everything there is to know of a disagreement. `wasm`: text of what a translating engine made of the sequence. */
export const report = (
  { seed, items, repeated, start }: Sequence,
  a: Party,
  b: Party,
  different: readonly string[],
  wasm = '',
) => {
  return [
    `seed ${seed}: ${a.name} | ${b.name}: ${different.slice(0, 12).join(', ')}`,
    listing(repeated ? [...items, repetition(items)] : items),
    ` before\n${state(start.registers, start.eflags, CODE)}\n${describeFpu(start.fpu)}`,
    ` ${a.name}\n${final(a.outcome)}`,
    ` ${b.name}\n${final(b.outcome)}`,
    wasm,
  ].join('\n');
};
