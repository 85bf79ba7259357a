/** Shorthand in which the opcode table is written. */
import { CONDITION_READS } from '../flags.ts';
import { EFLAGS } from '../layout.ts';
import type { Semantics } from '../semantics/ops.ts';
import type { Cpu, Line, OperandKind } from './line.ts';
import { infosOf } from './operands.ts';

/** Flags in the manual's order: o s z a p c. */
const FLAG_LETTERS: Record<string, number> = {
  o: EFLAGS.OF,
  s: EFLAGS.SF,
  z: EFLAGS.ZF,
  a: EFLAGS.AF,
  p: EFLAGS.PF,
  c: EFLAGS.CF,
};
const flagSet = (letters = ''): number => [...letters].reduce((set, f) => set | FLAG_LETTERS[f]!, 0);

export interface LineOptions {
  /** Letters of flags read, written (undefined ones included), left undefined. */
  reads?: string;
  writes?: string;
  undef?: string;
  /** Flags may also stay as they were (shift by zero), so a write does not end their life. */
  keeps?: boolean;
  lock?: boolean;
  /** Operand 0 is written only, unless it is read ('r'), both ('m', which LOCK implies) or neither ('n'). */
  access?: 'r' | 'm' | 'n';
  ext?: number;
  form?: Line['form'];
  prefix?: number;
  ends?: Line['ends'];
  cold?: boolean;
  /** With a semantics function: the runtime function for the cases which that leaves. */
  host?: string;
  /** With `host`: see Line. */
  tried?: boolean;
  cc?: number;
  cpu?: Cpu;
}

export type Draft = Omit<Line, 'id'>;

const ACCESS = { n: 'none', r: 'read', w: 'write', m: 'modify' } as const;

/** One line. `action` is a semantics function, or the name of the runtime function that executes it. */
export const line = (
  opcode: number,
  mnemonic: string,
  operands: string,
  action: Semantics | string,
  options: LineOptions = {},
): Draft => {
  const inline = typeof action !== 'string';
  const host = inline ? options.host : action;
  const kinds = (operands ? operands.split(',') : []) as OperandKind[];
  return {
    opcode,
    extension: options.ext ?? -1,
    form: options.form ?? 'any',
    prefix: options.prefix ?? -1,
    mnemonic,
    operands: kinds,
    infos: infosOf(kinds),
    semantics: inline ? action : (o) => o.host(),
    reads: flagSet(options.reads),
    writes: flagSet(options.writes),
    undefined: flagSet(options.undef),
    keeps: options.keeps ?? false,
    access: ACCESS[options.access ?? (options.lock ? 'm' : 'w')],
    lockable: options.lock ?? false,
    host,
    tried: options.tried ?? false,
    inline,
    ends: options.ends ?? (inline ? 'no' : 'leave'),
    hot: inline && !options.cold,
    condition: options.cc ?? -1,
    cpu: options.cpu ?? 'i386',
  };
};

const CONDITIONS = ['o', 'no', 'b', 'ae', 'z', 'nz', 'be', 'a', 's', 'ns', 'p', 'np', 'l', 'ge', 'le', 'g'];

/** Sixteen lines, one a condition code, from `opcode` on. */
export const conditional = (
  opcode: number,
  stem: string,
  operands: string,
  semantics: Semantics,
  options: LineOptions = {},
): Draft[] =>
  CONDITIONS.map((name, cc) => ({
    ...line(opcode + cc, stem + name, operands, semantics, { ...options, cc }),
    reads: CONDITION_READS[cc >> 1]!,
  }));

/** The same line at eight opcodes, register in the low bits. */
export const byRegister = (opcode: number, ...rest: [string, string, Semantics | string, LineOptions?]): Draft[] =>
  Array.from({ length: 8 }, (_, r) => line(opcode + r, ...rest));
