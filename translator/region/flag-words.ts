/**
 * Arithmetic flags between blocks and instructions of a region. What ADD, SUB, CMP and logic leave is not put into the
 * frame's words at once, but where somebody may look: at ways out and on the way to other blocks, if they are read there.
 */
import { addFlags, FLAG_CARRY, type FlagSource, logicFlags, subFlags } from '../flags.ts';
import { ARITHMETIC_FLAGS, EFLAGS } from '../layout.ts';
import type { Code, Val } from '../wasm/code.ts';
import type { FlagWord, Frame } from './frame.ts';

/** Flags as the frame's four words. */
export const flagWords = (frame: Frame): FlagSource => ({
  kind: 'words',
  bits: 32,
  carryA: () => frame.flag('carryA'),
  carryB: () => frame.flag('carryB'),
  result: () => frame.flag('result'),
  parity: () => frame.flag('parity'),
});

/** The flags of an operation from operands that are kept, not put into words yet; undefined for others. */
export const pendingFlags = (c: Code, source: FlagSource, keep: (v: Val) => Val): FlagSource | undefined => {
  const { kind, bits, a, b, r } = source;
  if (kind === 'logic') return { ...logicFlags(c, bits, keep(r!)), pending: true };
  if (kind === 'add') return { ...addFlags(c, bits, keep(a!), keep(b!), keep(r!)), pending: true };
  if (kind === 'sub') return { ...subFlags(c, bits, keep(a!), keep(b!), keep(r!)), pending: true };
  return undefined;
};

/** Writes the words that flags in `live` are read from, by `set`. */
export const putFlags = (
  c: Code,
  source: FlagSource,
  live: number,
  set: (word: FlagWord, value: Val) => void,
): void => {
  const { AF, SF, PF, ZF } = EFLAGS;
  const result = !source.carryOnly && live & (ZF | SF | PF | AF) ? c.keep(source.result()) : undefined;
  // The exact word where AF is read or fix-up bits may be set, else none of its bits matter.
  const isExact = source.kind === 'words' || (live & AF) !== 0;
  const parity = result && live & (SF | PF | AF) ? (isExact ? c.keep(source.parity()) : c.const(0)) : undefined;
  const carryA = live & FLAG_CARRY ? c.keep(source.carryA()) : undefined;
  const carryB = live & FLAG_CARRY ? c.keep(source.carryB()) : undefined;
  if (result) set('result', result);
  if (parity) set('parity', parity);
  if (carryA) set('carryA', carryA);
  if (carryB) set('carryB', carryB);
};

/** Pending flags into words, wherever control goes from here; what they follow from then. */
export const settleFlags = (c: Code, frame: Frame, flags: FlagSource): FlagSource => {
  if (!flags.pending) return flags;
  putFlags(c, flags, ARITHMETIC_FLAGS, (word, value) => frame.setFlag(word, value));
  return flagWords(frame);
};
