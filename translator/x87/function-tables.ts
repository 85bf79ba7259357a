/**
 * What the transcendental functions look up: numbers of 128 bits in memory, worked out once, and constants. STEPS
 * intervals a unit; all entries are for the lower end of theirs.
 */
import { FUNCTION_TABLES } from '../layout.ts';
import { arctangent, divide, FRACTION, LN2, logarithm, ONE, PI, powerMinusOne } from './fixed.ts';

export const STEP_BITS = 6;
const STEPS = 1 << STEP_BITS;
const WORD = 0xffff_ffff_ffff_ffffn;

/** A fixed-point number of fixed.ts with `fraction` bits behind the point. */
const scaled = (value: bigint, fraction: number): bigint => value >> BigInt(FRACTION - fraction);
const step = (n: number): bigint => (ONE * BigInt(n)) / BigInt(STEPS);
const series = <T>(length: number, entry: (n: number) => T): T[] => Array.from({ length }, (_, n) => entry(n));

/** log2(x), ½ < x ≤ 1. */
const logarithmBelowOne = (x: bigint): bigint => (x * x < ONE * (ONE >> 1n) ? logarithm(2n * x) - ONE : logarithm(x));
/** 1 / (1 + n/64), rounded up: 63 bits behind the point. */
const RECIPROCALS = series(STEPS, (n) => scaled(divide(ONE, ONE + step(n)), 63) + (n ? 1n : 0n));

/** Fraction bits of the tables and of what is added to their entries. */
export const LOGARITHM_FRACTION = 112;
export const POWER_FRACTION = 126;
export const ANGLE_FRACTION = 125;

const TABLES = {
  /** Reciprocals, a word each. */
  reciprocals: RECIPROCALS,
  /** −log2 of the reciprocals. */
  logarithms: RECIPROCALS.map((r) => scaled(-logarithmBelowOne(r << BigInt(FRACTION - 63)), LOGARITHM_FRACTION)),
  /** 2^(n/64), n = −64 … 63. */
  powers: series(2 * STEPS, (n) => {
    const from = n - STEPS;
    const power = powerMinusOne(from < 0 ? -step(-from) : step(from)) + ONE;
    return scaled(power, POWER_FRACTION);
  }),
  /** atan(n/64). */
  angles: series(STEPS + 1, (n) => scaled(arctangent(step(n)), ANGLE_FRACTION)),
} as const;

const words: bigint[] = [];
const at: Partial<Record<keyof typeof TABLES, number>> = {};
for (const name of Object.keys(TABLES) as (keyof typeof TABLES)[]) {
  at[name] = FUNCTION_TABLES + 8 * words.length;
  for (const entry of TABLES[name]) words.push(...(name === 'reciprocals' ? [entry] : [entry & WORD, entry >> 64n]));
}
/** What belongs to FUNCTION_TABLES in memory, 64-bit words; entries of two words have the low one first. */
export const FUNCTION_TABLE_WORDS = BigUint64Array.from(words);
/** Host addresses of the tables. */
export const TABLE = at as Readonly<Record<keyof typeof TABLES, number>>;

/** Numbers below 1 or 2, with 128 or 127 bits behind the point. */
export const LN2_128 = scaled(LN2, 128);
export const LOG2E_127 = scaled(divide(ONE, LN2), 127);
export const PI_125 = scaled(PI, ANGLE_FRACTION);
