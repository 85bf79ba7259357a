/** The integer instructions of the i386 … i686 that generated code executes. SDM vol. 2, appendix A. */
import * as alu from '../semantics/alu.ts';
import * as bits from '../semantics/bits.ts';
import * as control from '../semantics/control.ts';
import * as move from '../semantics/move.ts';
import * as multiply from '../semantics/multiply.ts';
import type { Semantics } from '../semantics/ops.ts';
import * as shift from '../semantics/shift.ts';
import { byRegister, conditional, type Draft, type LineOptions, line } from './build.ts';

const ALL = 'oszapc';

interface Arithmetic {
  name: string;
  semantics: Semantics;
  flags: LineOptions;
}
const LOGIC: LineOptions = { writes: ALL, undef: 'a', lock: true };
/** The eight operations of 00-3F and of groups 80-83, in the order of their encoding. */
const ARITHMETIC: Arithmetic[] = [
  { name: 'add', semantics: alu.add, flags: { writes: ALL, lock: true } },
  { name: 'or', semantics: alu.or, flags: LOGIC },
  { name: 'adc', semantics: alu.adc, flags: { reads: 'c', writes: ALL, lock: true } },
  { name: 'sbb', semantics: alu.sbb, flags: { reads: 'c', writes: ALL, lock: true } },
  { name: 'and', semantics: alu.and, flags: LOGIC },
  { name: 'sub', semantics: alu.sub, flags: { writes: ALL, lock: true } },
  { name: 'xor', semantics: alu.xor, flags: LOGIC },
  { name: 'cmp', semantics: alu.cmp, flags: { writes: ALL, access: 'r' } },
];
const arithmetic = ARITHMETIC.flatMap(({ name, semantics, flags }, n): Draft[] => {
  const plain: LineOptions = { ...flags, lock: false, access: flags.access ?? 'm' };
  return [
    line(n * 8, name, 'Eb,Gb', semantics, flags),
    line(n * 8 + 1, name, 'Ev,Gv', semantics, flags),
    line(n * 8 + 2, name, 'Gb,Eb', semantics, plain),
    line(n * 8 + 3, name, 'Gv,Ev', semantics, plain),
    line(n * 8 + 4, name, 'AL,Ib', semantics, plain),
    line(n * 8 + 5, name, 'eAX,Iz', semantics, plain),
    line(0x80, name, 'Eb,Ib', semantics, { ...flags, ext: n }),
    line(0x81, name, 'Ev,Iz', semantics, { ...flags, ext: n }),
    line(0x82, name, 'Eb,Ib', semantics, { ...flags, ext: n, cold: true }),
    line(0x83, name, 'Ev,Is', semantics, { ...flags, ext: n }),
  ];
});

/** Operations of groups C0, C1, D0-D3 in the order of their encoding; 6 is SHL once more. */
const ROTATE: LineOptions = { writes: 'oc', undef: 'o', keeps: true, access: 'm' };
const THROUGH: LineOptions = { ...ROTATE, reads: 'c' };
const SHIFT: LineOptions = { writes: ALL, undef: 'oa', keeps: true, access: 'm' };
const SHIFTS: [string, Semantics, LineOptions][] = [
  ['rol', shift.rol, ROTATE],
  ['ror', shift.ror, ROTATE],
  ['rcl', shift.rcl, { ...THROUGH, cold: true }],
  ['rcr', shift.rcr, { ...THROUGH, cold: true }],
  ['shl', shift.shl, SHIFT],
  ['shr', shift.shr, SHIFT],
  ['sal', shift.shl, { ...SHIFT, cold: true }],
  ['sar', shift.sar, SHIFT],
];
const shifts = SHIFTS.flatMap(([name, semantics, flags], ext): Draft[] => {
  const options = { ...flags, ext };
  return [
    line(0xc0, name, 'Eb,Ib', semantics, options),
    line(0xc1, name, 'Ev,Ib', semantics, options),
    line(0xd0, name, 'Eb,1', semantics, options),
    line(0xd1, name, 'Ev,1', semantics, options),
    line(0xd2, name, 'Eb,CL', semantics, options),
    line(0xd3, name, 'Ev,CL', semantics, options),
  ];
});
const doubleShifts = [
  line(0x0fa4, 'shld', 'Ev,Gv,Ib', shift.shld, SHIFT),
  line(0x0fa5, 'shld', 'Ev,Gv,CL', shift.shld, SHIFT),
  line(0x0fac, 'shrd', 'Ev,Gv,Ib', shift.shrd, SHIFT),
  line(0x0fad, 'shrd', 'Ev,Gv,CL', shift.shrd, SHIFT),
];

const MULTIPLY: LineOptions = { writes: ALL, undef: 'szap', access: 'r' };
const unary = [
  line(0xf6, 'test', 'Eb,Ib', alu.test, { access: 'r', ext: 0, writes: ALL, undef: 'a' }),
  line(0xf6, 'test', 'Eb,Ib', alu.test, { access: 'r', ext: 1, writes: ALL, undef: 'a', cold: true }),
  line(0xf7, 'test', 'Ev,Iz', alu.test, { access: 'r', ext: 0, writes: ALL, undef: 'a' }),
  line(0xf7, 'test', 'Ev,Iz', alu.test, { access: 'r', ext: 1, writes: ALL, undef: 'a', cold: true }),
  ...[0xf6, 0xf7].flatMap((opcode) => {
    const e = opcode === 0xf6 ? 'Eb' : 'Ev';
    return [
      line(opcode, 'not', e, alu.not, { ext: 2, lock: true }),
      line(opcode, 'neg', e, alu.neg, { ext: 3, lock: true, writes: ALL }),
      line(opcode, 'mul', e, multiply.mul, { ext: 4, ...MULTIPLY }),
      line(opcode, 'imul', e, multiply.imul, { ext: 5, ...MULTIPLY }),
      line(opcode, 'div', e, multiply.div, { ext: 6, undef: ALL, access: 'r' }),
      line(opcode, 'idiv', e, multiply.idiv, { ext: 7, undef: ALL, access: 'r' }),
    ];
  }),
  line(0x69, 'imul', 'Gv,Ev,Iz', multiply.imul3, { writes: ALL, undef: 'szap' }),
  line(0x6b, 'imul', 'Gv,Ev,Is', multiply.imul3, { writes: ALL, undef: 'szap' }),
  line(0x0faf, 'imul', 'Gv,Ev', multiply.imul2, { ...MULTIPLY, access: 'm' }),
  ...byRegister(0x40, 'inc', 'Zv', alu.inc, { access: 'm', writes: 'oszap' }),
  ...byRegister(0x48, 'dec', 'Zv', alu.dec, { access: 'm', writes: 'oszap' }),
  line(0xfe, 'inc', 'Eb', alu.inc, { ext: 0, lock: true, writes: 'oszap' }),
  line(0xfe, 'dec', 'Eb', alu.dec, { ext: 1, lock: true, writes: 'oszap' }),
  line(0xff, 'inc', 'Ev', alu.inc, { ext: 0, lock: true, writes: 'oszap' }),
  line(0xff, 'dec', 'Ev', alu.dec, { ext: 1, lock: true, writes: 'oszap' }),
  line(0x84, 'test', 'Eb,Gb', alu.test, { access: 'r', writes: ALL, undef: 'a' }),
  line(0x85, 'test', 'Ev,Gv', alu.test, { access: 'r', writes: ALL, undef: 'a' }),
  line(0xa8, 'test', 'AL,Ib', alu.test, { access: 'r', writes: ALL, undef: 'a' }),
  line(0xa9, 'test', 'eAX,Iz', alu.test, { access: 'r', writes: ALL, undef: 'a' }),
];

const exchange = [
  line(0x86, 'xchg', 'Eb,Gb', alu.xchg, { lock: true }),
  line(0x87, 'xchg', 'Ev,Gv', alu.xchg, { lock: true }),
  line(0x90, 'nop', '', move.nop),
  // Reserved for hints: they do nothing, and do not touch their operand.
  ...Array.from({ length: 7 }, (_, n) =>
    line(0x0f18 + n, 'nop', 'Ev', move.nop, { access: 'n', cold: true, cpu: 'i686' }),
  ),
  // Linux fills what is left of a patched instruction with this one.
  line(0x0f1f, 'nop', 'Ev', move.nop, { access: 'n', cpu: 'i686' }),
  ...byRegister(0x90, 'xchg', 'Zv,eAX', alu.xchg, { access: 'm' }).slice(1),
  line(0x0fc0, 'xadd', 'Eb,Gb', alu.xadd, { lock: true, writes: ALL, cpu: 'i486' }),
  line(0x0fc1, 'xadd', 'Ev,Gv', alu.xadd, { lock: true, writes: ALL, cpu: 'i486' }),
  line(0x0fb0, 'cmpxchg', 'Eb,Gb', alu.cmpxchg, { lock: true, writes: ALL, cpu: 'i486' }),
  line(0x0fb1, 'cmpxchg', 'Ev,Gv', alu.cmpxchg, { lock: true, writes: ALL, cpu: 'i486' }),
  line(0x0fc7, 'cmpxchg8b', 'Mq', alu.cmpxchg8b, {
    ext: 1,
    form: 'memory',
    lock: true,
    reads: 'osapc',
    writes: ALL,
    cold: true,
    cpu: 'pentium',
  }),
];

const moves = [
  line(0x88, 'mov', 'Eb,Gb', move.mov),
  line(0x89, 'mov', 'Ev,Gv', move.mov),
  line(0x8a, 'mov', 'Gb,Eb', move.mov),
  line(0x8b, 'mov', 'Gv,Ev', move.mov),
  line(0xa0, 'mov', 'AL,Ob', move.mov),
  line(0xa1, 'mov', 'eAX,Ov', move.mov),
  line(0xa2, 'mov', 'Ob,AL', move.mov),
  line(0xa3, 'mov', 'Ov,eAX', move.mov),
  ...byRegister(0xb0, 'mov', 'Zb,Ib', move.mov),
  ...byRegister(0xb8, 'mov', 'Zv,Iz', move.mov),
  line(0xc6, 'mov', 'Eb,Ib', move.mov, { ext: 0 }),
  line(0xc7, 'mov', 'Ev,Iz', move.mov, { ext: 0 }),
  line(0x8d, 'lea', 'Gv,M', move.lea, { form: 'memory' }),
  line(0xd7, 'xlat', '', move.xlat, { cold: true }),
  line(0x98, 'cbw', '', move.cbw),
  line(0x99, 'cwd', '', move.cwd),
  line(0x0fb6, 'movzx', 'Gv,Eb', move.movzx),
  line(0x0fb7, 'movzx', 'Gv,Ew', move.movzx),
  line(0x0fbe, 'movsx', 'Gv,Eb', move.movsx),
  line(0x0fbf, 'movsx', 'Gv,Ew', move.movsx),
  ...byRegister(0x0fc8, 'bswap', 'Zv', move.bswap, { access: 'm', cpu: 'i486' }),
  ...conditional(0x0f40, 'cmov', 'Gv,Ev', move.cmov, { access: 'm', cpu: 'i686' }),
  ...conditional(0x0f90, 'set', 'Eb', move.setcc),
  line(0x9e, 'sahf', '', move.sahf, { writes: 'szapc', reads: 'o' }),
  line(0x9f, 'lahf', '', move.lahf, { reads: 'szapc' }),
  line(0xf5, 'cmc', '', move.cmc, { reads: ALL, writes: ALL }),
  line(0xf8, 'clc', '', move.clc, { reads: ALL, writes: ALL }),
  line(0xf9, 'stc', '', move.stc, { reads: ALL, writes: ALL }),
  line(0xfc, 'cld', '', move.cld),
  line(0xfd, 'std', '', move.std),
];

const BIT: LineOptions = { reads: 'o', writes: 'oc', undef: 'o', access: 'r' };
const SCAN: LineOptions = { access: 'm', reads: 'osapc', writes: ALL, undef: 'osapc' };
const bitInstructions = [
  line(0x0fa3, 'bt', 'Ev,Gv', bits.bt, BIT),
  line(0x0fab, 'bts', 'Ev,Gv', bits.bts, { ...BIT, lock: true, access: 'm' }),
  line(0x0fb3, 'btr', 'Ev,Gv', bits.btr, { ...BIT, lock: true, access: 'm' }),
  line(0x0fbb, 'btc', 'Ev,Gv', bits.btc, { ...BIT, lock: true, access: 'm' }),
  line(0x0fba, 'bt', 'Ev,Ib', bits.btImmediate, { ...BIT, ext: 4 }),
  line(0x0fba, 'bts', 'Ev,Ib', bits.btsImmediate, { ...BIT, ext: 5, access: 'm', lock: true }),
  line(0x0fba, 'btr', 'Ev,Ib', bits.btrImmediate, { ...BIT, ext: 6, access: 'm', lock: true }),
  line(0x0fba, 'btc', 'Ev,Ib', bits.btcImmediate, { ...BIT, ext: 7, access: 'm', lock: true }),
  line(0x0fbc, 'bsf', 'Gv,Ev', bits.bsf, SCAN),
  line(0x0fbd, 'bsr', 'Gv,Ev', bits.bsr, SCAN),
];

const transfers = [
  ...conditional(0x70, 'j', 'Jb', control.jcc, { ends: 'conditional' }),
  ...conditional(0x0f80, 'j', 'Jz', control.jcc, { ends: 'conditional' }),
  line(0xe0, 'loopne', 'Jb', control.loopne, { reads: 'z', ends: 'conditional' }),
  line(0xe1, 'loope', 'Jb', control.loope, { reads: 'z', ends: 'conditional' }),
  line(0xe2, 'loop', 'Jb', control.loop, { ends: 'conditional' }),
  line(0xe3, 'jecxz', 'Jb', control.jecxz, { ends: 'conditional' }),
  line(0xeb, 'jmp', 'Jb', control.jmp, { ends: 'jump' }),
  line(0xe9, 'jmp', 'Jz', control.jmp, { ends: 'jump' }),
  line(0xff, 'jmp', 'Ev', control.jmpIndirect, { access: 'r', ext: 4, ends: 'indirect' }),
  line(0xe8, 'call', 'Jz', control.call, { ends: 'call' }),
  line(0xff, 'call', 'Ev', control.callIndirect, { access: 'r', ext: 2, ends: 'call' }),
  line(0xc3, 'ret', '', control.ret, { ends: 'return' }),
  line(0xc2, 'ret', 'Iw', control.retImmediate, { ends: 'return' }),
];

const stack = [
  ...byRegister(0x50, 'push', 'Zv', control.push, { access: 'r' }),
  ...byRegister(0x58, 'pop', 'Zv', control.pop),
  line(0x68, 'push', 'Iz', control.push),
  line(0x6a, 'push', 'Is', control.push),
  line(0xff, 'push', 'Ev', control.push, { access: 'r', ext: 6 }),
  line(0x8f, 'pop', 'Ev', control.pop, { ext: 0, form: 'register' }),
  line(0x8f, 'pop', 'Ev', 'popMemory', { ext: 0, form: 'memory' }),
  line(0xc9, 'leave', '', control.leave),
];

export const INTEGER: Draft[] = [
  ...arithmetic,
  ...shifts,
  ...doubleShifts,
  ...unary,
  ...exchange,
  ...moves,
  ...bitInstructions,
  ...transfers,
  ...stack,
];
