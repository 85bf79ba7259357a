/** The x87 instructions, opcodes D8-DF and 9B. SDM vol. 2, appendix A, tables. */
import * as x87 from '../semantics/x87.ts';
import type { MemoryKind } from '../semantics/x87-usual.ts';
import { STORE } from '../x87/manipulate.ts';
import { SIGN } from '../x87/words.ts';
import { type Draft, type LineOptions, line } from './build.ts';

/** Lines are told apart by the ModRM reg field and form; none is inlined in the hot interpreter. */
const memory = (ext: number, access?: 'r' | 'm'): LineOptions => ({
  ext,
  form: 'memory',
  cold: true,
  ...(access && { access }),
});
const READ = 'r';
const register = (ext: number): LineOptions => ({ ext, form: 'register', cold: true });
/** One exact ModRM byte. */
const exact = (modrm: number): LineOptions => ({ ext: (modrm >> 3) & 7, form: modrm, cold: true });

type Kind = MemoryKind;
const OPERAND: Record<Kind, string> = { f32: 'Md', f64: 'Mq', i16: 'Mw', i32: 'Md', i64: 'Mq' };

/** The eight operations of D8, DA, DC, DE in the order of the reg field. */
interface Operation {
  readonly mnemonic: string;
  /** '' for the comparisons. */
  readonly kernel: string;
  readonly reversed: boolean;
}
const operation = (mnemonic: string, kernel: string, reversed = false): Operation => ({ mnemonic, kernel, reversed });
const OPERATIONS: readonly Operation[] = [
  operation('fadd', 'add'),
  operation('fmul', 'multiply'),
  operation('fcom', ''),
  operation('fcomp', ''),
  operation('fsub', 'subtract'),
  operation('fsubr', 'subtract', true),
  operation('fdiv', 'divide'),
  operation('fdivr', 'divide', true),
];
const integerName = (mnemonic: string): string => `fi${mnemonic.slice(1)}`;

const MEMORY_FORMS: readonly [number, Kind][] = [
  [0xd8, 'f32'],
  [0xda, 'i32'],
  [0xdc, 'f64'],
  [0xde, 'i16'],
];
const arithmeticMemory = MEMORY_FORMS.flatMap(([opcode, kind]) =>
  OPERATIONS.map((operation, ext): Draft => {
    const { mnemonic } = operation;
    const semantics = operation.kernel
      ? x87.arithmeticMemory(operation, kind)
      : x87.compareMemory(kind, mnemonic === 'fcomp');
    const full = kind.startsWith('i') ? integerName(mnemonic) : mnemonic;
    return line(opcode, full, OPERAND[kind], semantics, memory(ext, READ));
  }),
);

/** D8: ST(0) op ST(i). DC: ST(i) op ST(0), where the reg field's lowest bit is turned for the reversible ones. */
const arithmeticRegisters = OPERATIONS.flatMap(({ mnemonic, kernel, reversed }, ext): Draft[] => {
  if (!kernel) return [];
  const other = ext < 4 ? ext : ext ^ 1;
  const form = { kernel, reversed };
  return [
    line(0xd8, mnemonic, 'ST0,STi', x87.arithmeticRegisters({ ...form, pop: false }), register(ext)),
    line(0xdc, mnemonic, 'STi,ST0', x87.arithmeticRegisters({ ...form, pop: false }), register(other)),
    line(0xde, `${mnemonic}p`, 'STi,ST0', x87.arithmeticRegisters({ ...form, pop: true }), register(other)),
  ];
});

/** Comparisons of registers; DC D0, DC D8 and DE D0 are undocumented twins. Arguments: quiet, registers popped. */
const compare = (opcode: number, ext: number, mnemonic: string, quiet: number, pops: number): Draft =>
  line(opcode, mnemonic, 'ST0,STi', x87.compareRegisters(quiet !== 0, pops), {
    ...register(ext),
    access: READ,
  });
const FLAGS: LineOptions = { writes: 'oszapc', cpu: 'i686' };
const comparisons: Draft[] = [
  compare(0xd8, 2, 'fcom', 0, 0),
  compare(0xd8, 3, 'fcomp', 0, 1),
  compare(0xdc, 2, 'fcom', 0, 0),
  compare(0xdc, 3, 'fcomp', 0, 1),
  compare(0xde, 2, 'fcomp', 0, 1),
  compare(0xdd, 4, 'fucom', 1, 0),
  compare(0xdd, 5, 'fucomp', 1, 1),
  line(0xde, 'fcompp', '', x87.compareRegisters(false, 2), exact(0xd9)),
  line(0xda, 'fucompp', '', x87.compareRegisters(true, 2), exact(0xe9)),
  line(0xdb, 'fucomi', 'ST0,STi', x87.compareFlags(true, false), { ...register(5), ...FLAGS, access: READ }),
  line(0xdb, 'fcomi', 'ST0,STi', x87.compareFlags(false, false), { ...register(6), ...FLAGS, access: READ }),
  line(0xdf, 'fucomip', 'ST0,STi', x87.compareFlags(true, true), { ...register(5), ...FLAGS, access: READ }),
  line(0xdf, 'fcomip', 'ST0,STi', x87.compareFlags(false, true), { ...register(6), ...FLAGS, access: READ }),
  line(0xd9, 'ftst', '', x87.test, exact(0xe4)),
  line(0xd9, 'fxam', '', x87.invoke('examine'), exact(0xe5)),
];

const load = (opcode: number, ext: number, mnemonic: string, kind: Kind): Draft =>
  line(opcode, mnemonic, OPERAND[kind], x87.load(kind), memory(ext, READ));
const store = (opcode: number, ext: number, mnemonic: string, kind: Kind): Draft =>
  line(opcode, mnemonic, OPERAND[kind], x87.store(kind, mnemonic.endsWith('p')), memory(ext));

const STORES_POPPING: readonly [number, number, number][] = [
  [0xdd, 3, STORE.pop],
  [0xd9, 3, STORE.popUnchecked],
  [0xdf, 2, STORE.pop],
  [0xdf, 3, STORE.pop],
];
const EXCHANGES: readonly [number, number][] = [
  [0xd9, 1],
  [0xdd, 1],
  [0xdf, 1],
];

const TRUNCATING = [
  [0xdb, 'i32'],
  [0xdd, 'i64'],
  [0xdf, 'i16'],
] as const;

const moves: Draft[] = [
  load(0xd9, 0, 'fld', 'f32'),
  load(0xdd, 0, 'fld', 'f64'),
  load(0xdb, 0, 'fild', 'i32'),
  load(0xdf, 0, 'fild', 'i16'),
  load(0xdf, 5, 'fild', 'i64'),
  line(0xdb, 'fld', 'Mt', x87.loadExtended, memory(5, READ)),
  store(0xd9, 2, 'fst', 'f32'),
  store(0xd9, 3, 'fstp', 'f32'),
  store(0xdd, 2, 'fst', 'f64'),
  store(0xdd, 3, 'fstp', 'f64'),
  store(0xdb, 2, 'fist', 'i32'),
  store(0xdb, 3, 'fistp', 'i32'),
  store(0xdf, 2, 'fist', 'i16'),
  store(0xdf, 3, 'fistp', 'i16'),
  store(0xdf, 7, 'fistp', 'i64'),
  line(0xdb, 'fstp', 'Mt', x87.storeExtended, memory(7)),
  ...TRUNCATING.map(([opcode, kind]) =>
    line(opcode, 'fisttp', OPERAND[kind], x87.storeTruncated(kind), { ...memory(1), cpu: 'sse3' }),
  ),
  line(0xdf, 'fbld', 'Mt', 'fbld', memory(4, READ)),
  line(0xdf, 'fbstp', 'Mt', 'fbstp', memory(6)),

  line(0xd9, 'fld', 'STi', x87.loadRegister, { ...register(0), access: READ }),
  line(0xdd, 'fst', 'STi', x87.storeRegister(STORE.keep), register(2)),
  // Of each, the first is documented; processors have the others too.
  ...STORES_POPPING.map(([opcode, ext, how]) => line(opcode, 'fstp', 'STi', x87.storeRegister(how), register(ext))),
  ...EXCHANGES.map(([opcode, ext]) => line(opcode, 'fxch', 'STi', x87.exchange, register(ext))),
];

/** FCMOV: DA has the conditions themselves, DB their opposites. Operand: condition code. */
const CONDITIONS: readonly [string, number, string][] = [
  ['b', 2, 'c'],
  ['e', 4, 'z'],
  ['be', 6, 'cz'],
  ['u', 10, 'p'],
];
const conditionalMoves = CONDITIONS.flatMap(([name, cc, reads], ext): Draft[] => {
  const options: LineOptions = { ...register(ext), reads, cpu: 'i686', access: 'm' };
  return [
    line(0xda, `fcmov${name}`, 'ST0,STi', x87.moveIf, { ...options, cc }),
    line(0xdb, `fcmovn${name}`, 'ST0,STi', x87.moveIf, { ...options, cc: cc + 1 }),
  ];
});

/** D9 E9 to ED: significands rounded down, and whether nearest is above. SDM vol. 1, 8.3.5. */
const CONSTANTS: readonly [string, bigint, number, boolean][] = [
  ['fldl2t', 0xd49a_784b_cd1b_8afen, 0x4000, false],
  ['fldl2e', 0xb8aa_3b29_5c17_f0bbn, 0x3fff, true],
  ['fldpi', 0xc90f_daa2_2168_c234n, 0x4000, true],
  ['fldlg2', 0x9a20_9a84_fbcf_f798n, 0x3ffd, true],
  ['fldln2', 0xb172_17f7_d1cf_79abn, 0x3ffe, true],
];
const constants = CONSTANTS.map(([mnemonic, significand, exponent, up], n) =>
  line(0xd9, mnemonic, '', x87.constant(significand, exponent, up), exact(0xe9 + n)),
);

/** Functions of D9 without operands that generated code executes, and those of the runtime. */
const functions: Draft[] = [
  line(0xd9, 'fld1', '', x87.exactConstant(1n << 63n, 0x3fff), exact(0xe8)),
  line(0xd9, 'fldz', '', x87.exactConstant(0n, 0), exact(0xee)),
  line(0xd9, 'fnop', '', x87.nop, exact(0xd0)),
  line(0xd9, 'fchs', '', x87.sign(SIGN, SIGN), exact(0xe0)),
  line(0xd9, 'fabs', '', x87.sign(0, 0), exact(0xe1)),
  line(0xd9, 'fxtract', '', x87.invoke('extract'), exact(0xf4)),
  line(0xd9, 'fprem1', '', x87.invoke('remainder', 1), exact(0xf5)),
  line(0xd9, 'fdecstp', '', x87.control('rotate', true, -1), exact(0xf6)),
  line(0xd9, 'fincstp', '', x87.control('rotate', true, 1), exact(0xf7)),
  line(0xd9, 'fprem', '', x87.invoke('remainder', 0), exact(0xf8)),
  line(0xd9, 'fsqrt', '', x87.squareRoot, exact(0xfa)),
  line(0xd9, 'frndint', '', x87.invoke('round_to_integer_top'), exact(0xfc)),
  line(0xd9, 'fscale', '', x87.invoke('scale'), exact(0xfd)),
];
/** Second opcode bytes behind D9. */
export const TRANSCENDENTALS: readonly [string, number][] = [
  ['f2xm1', 0xf0],
  ['fyl2x', 0xf1],
  ['fptan', 0xf2],
  ['fpatan', 0xf3],
  ['fyl2xp1', 0xf9],
  ['fsincos', 0xfb],
  ['fsin', 0xfe],
  ['fcos', 0xff],
];
/** Those that generated code executes where operands are usual. */
const GENERATED = new Set(['f2xm1', 'fyl2x', 'fpatan', 'fsincos', 'fsin', 'fcos']);
const transcendentals = TRANSCENDENTALS.map(([mnemonic, modrm]) =>
  GENERATED.has(mnemonic)
    ? line(0xd9, mnemonic, '', x87.transcendental(mnemonic), { ...exact(modrm), host: mnemonic, tried: true })
    : line(0xd9, mnemonic, '', mnemonic, { ...exact(modrm), ends: 'leave' }),
);

/** Control instructions; those of the mnemonics with FN do not wait. */
const controls: Draft[] = [
  line(0x9b, 'fwait', '', x87.wait, { cold: true }),
  line(0xd9, 'fldenv', 'M', 'fldenv', memory(4, READ)),
  line(0xd9, 'fldcw', 'Mw', x87.loadControl, memory(5, READ)),
  line(0xd9, 'fnstenv', 'M', 'fnstenv', memory(6)),
  line(0xd9, 'fnstcw', 'Mw', x87.storeControl, memory(7)),
  line(0xdb, 'feni', '', x87.nothing, exact(0xe0)),
  line(0xdb, 'fdisi', '', x87.nothing, exact(0xe1)),
  line(0xdb, 'fnclex', '', x87.control('clear_exceptions', false), exact(0xe2)),
  line(0xdb, 'fninit', '', x87.control('initialize', false), exact(0xe3)),
  line(0xdb, 'fsetpm', '', x87.nothing, exact(0xe4)),
  line(0xdd, 'ffree', 'STi', x87.free(false), register(0)),
  line(0xdf, 'ffreep', 'STi', x87.free(true), register(0)),
  line(0xdd, 'frstor', 'M', 'frstor', memory(4, READ)),
  line(0xdd, 'fnsave', 'M', 'fnsave', memory(6)),
  line(0xdd, 'fnstsw', 'Mw', x87.storeStatus, memory(7)),
  line(0xdf, 'fnstsw', 'AX', x87.storeStatus, exact(0xe0)),
];

export const X87: readonly Draft[] = [
  ...arithmeticMemory,
  ...arithmeticRegisters,
  ...comparisons,
  ...moves,
  ...conditionalMoves,
  ...constants,
  ...functions,
  ...transcendentals,
  ...controls,
];
