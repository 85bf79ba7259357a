/** The vectors of ../shared/vectors/testfloat-x87, line by line. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const FOLDER = new URL('../../../shared/vectors/testfloat-x87/', import.meta.url);

const ROUNDING: Record<string, number> = { near: 0x000, down: 0x400, up: 0x800, zero: 0xc00 };
const PRECISION: Record<string, number> = { 32: 0x000, 64: 0x200, 80: 0x300 };
const ALL_MASKED = 0x3f;
/** The suite's flags in the order of their bits: inexact, underflow, overflow, zero divide, invalid. */
const FLAGS = [0x20, 0x10, 0x08, 0x04, 0x01];
/** The vectors say nothing of DE (02h), and SF and the condition codes are no exceptions. */
export const FLAG_MASK = 0x3d;

export interface Vector {
  readonly line: string;
  readonly control: number;
  /** One or two, and the result: hexadecimal digits. */
  readonly operands: readonly string[];
  readonly result: string;
  /** Exceptions as the status word has them, but DE. */
  readonly flags: number;
}

const flagsOf = (hex: string): number => {
  const bits = Number.parseInt(hex, 16);
  return FLAGS.reduce((flags, flag, n) => flags | ((bits >> n) & 1 ? flag : 0), 0);
};

const parse = (line: string): Vector => {
  const [, rounding, precision, ...rest] = line.replace(' =', '').split(' ');
  const [result, flags] = rest.slice(-2) as [string, string];
  const control = ALL_MASKED | ROUNDING[rounding!]! | PRECISION[precision!]!;
  return { line, control, operands: rest.slice(0, -2), result, flags: flagsOf(flags) };
};

/** Names of the operations; undefined where the vectors are not there, which is said. */
export const testFloatOperations = (): string[] | undefined => {
  if (existsSync(FOLDER)) return readdirSync(FOLDER).map((file) => file.split('.')[0]!);
  console.warn(`TestFloat vectors are skipped: there are none at ${FOLDER.pathname}`);
  return undefined;
};

export const testFloatVectors = (operation: string): Vector[] =>
  gunzipSync(readFileSync(new URL(`${operation}.txt.gz`, FOLDER)))
    .toString()
    .trim()
    .split('\n')
    .map(parse);
