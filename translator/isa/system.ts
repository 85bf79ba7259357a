/** Instructions executed by functions of the runtime, always or in their harder cases: rare, large, privileged. */
import * as interruptFlag from '../semantics/interrupt-flag.ts';
import type { Semantics } from '../semantics/ops.ts';
import * as segmentRegisters from '../semantics/segments.ts';
import * as strings from '../semantics/strings.ts';
import { rdtsc } from '../semantics/timestamp.ts';
import { type Draft, type LineOptions, line } from './build.ts';

const ALL = 'oszapc';
const JUMPS: LineOptions = { ends: 'leave' };
const READS_ALL: LineOptions = { reads: ALL };
const STRING_COMPARE: LineOptions = { access: 'r', reads: ALL, writes: ALL, keeps: true };

const decimal = [
  line(0x27, 'daa', '', 'daa', { reads: 'ac', writes: ALL, undef: 'o' }),
  line(0x2f, 'das', '', 'das', { reads: 'ac', writes: ALL, undef: 'o' }),
  line(0x37, 'aaa', '', 'aaa', { reads: 'a', writes: ALL, undef: 'oszp' }),
  line(0x3f, 'aas', '', 'aas', { reads: 'a', writes: ALL, undef: 'oszp' }),
  line(0xd4, 'aam', 'Ib', 'aam', { writes: ALL, undef: 'oac' }),
  line(0xd5, 'aad', 'Ib', 'aad', { writes: ALL, undef: 'oac' }),
  line(0xd6, 'salc', '', 'salc', { reads: 'c' }),
];

const MOVES: Record<string, Semantics> = { movs: strings.movs, stos: strings.stos, lods: strings.lods };
const COMPARES: Record<string, Semantics> = { cmps: strings.cmps, scas: strings.scas };
const move = (opcode: number, name: string, operands: string): Draft =>
  line(opcode, name, operands, MOVES[name]!, { host: name });
const compare = (opcode: number, name: string, operands: string): Draft =>
  line(opcode, name, operands, COMPARES[name]!, { ...STRING_COMPARE, host: name });
const stringInstructions = [
  move(0xa4, 'movs', 'Yb,Xb'),
  move(0xa5, 'movs', 'Yv,Xv'),
  compare(0xa6, 'cmps', 'Xb,Yb'),
  compare(0xa7, 'cmps', 'Xv,Yv'),
  move(0xaa, 'stos', 'Yb,AL'),
  move(0xab, 'stos', 'Yv,eAX'),
  move(0xac, 'lods', 'AL,Xb'),
  move(0xad, 'lods', 'eAX,Xv'),
  compare(0xae, 'scas', 'AL,Yb'),
  compare(0xaf, 'scas', 'eAX,Yv'),
];

const io = [
  line(0x6c, 'ins', 'Yb,DX', 'ins'),
  line(0x6d, 'ins', 'Yv,DX', 'ins'),
  line(0x6e, 'outs', 'DX,Xb', 'outs'),
  line(0x6f, 'outs', 'DX,Xv', 'outs'),
  line(0xe4, 'in', 'AL,Ib', 'in'),
  line(0xe5, 'in', 'eAX,Ib', 'in'),
  line(0xe6, 'out', 'Ib,AL', 'out'),
  line(0xe7, 'out', 'Ib,eAX', 'out'),
  line(0xec, 'in', 'AL,DX', 'in'),
  line(0xed, 'in', 'eAX,DX', 'in'),
  line(0xee, 'out', 'DX,AL', 'out'),
  line(0xef, 'out', 'DX,eAX', 'out'),
];

const SEGMENTS = ['ES', 'CS', 'SS', 'DS'] as const;
/** Regions have them; the hot interpreter is better off without. */
const pushSegment = (opcode: number, name: string): Draft =>
  line(opcode, 'push', name, segmentRegisters.push, { host: 'pushSreg', cold: true });
const popSegment = (opcode: number, name: string): Draft =>
  name === 'SS'
    ? line(opcode, 'pop', name, 'popSreg')
    : line(opcode, 'pop', name, segmentRegisters.pop, { host: 'popSreg', cold: true });
const segments = [
  ...SEGMENTS.map((name, n) => pushSegment(0x06 + n * 8, name)),
  ...SEGMENTS.flatMap((name, n) => (name === 'CS' ? [] : [popSegment(0x07 + n * 8, name)])),
  pushSegment(0x0fa0, 'FS'),
  popSegment(0x0fa1, 'FS'),
  pushSegment(0x0fa8, 'GS'),
  popSegment(0x0fa9, 'GS'),
  line(0x8c, 'mov', 'Ev,Sw', segmentRegisters.store, { host: 'movFromSreg', cold: true }),
  line(0x8e, 'mov', 'Sw,Ew', segmentRegisters.load, { host: 'movSreg', cold: true }),
  line(0xc4, 'les', 'Gv,Mp', 'les', { form: 'memory' }),
  line(0xc5, 'lds', 'Gv,Mp', 'lds', { form: 'memory' }),
  line(0x0fb2, 'lss', 'Gv,Mp', 'lss', { form: 'memory' }),
  line(0x0fb4, 'lfs', 'Gv,Mp', 'lfs', { form: 'memory' }),
  line(0x0fb5, 'lgs', 'Gv,Mp', 'lgs', { form: 'memory' }),
  line(0x63, 'arpl', 'Ew,Gw', 'arpl', { writes: 'z' }),
  line(0x0f02, 'lar', 'Gv,Ew', 'lar', { writes: 'z' }),
  line(0x0f03, 'lsl', 'Gv,Ew', 'lsl', { writes: 'z' }),
];

const descriptorTables = [
  line(0x0f00, 'sldt', 'Ew', 'sldt', { ext: 0 }),
  line(0x0f00, 'str', 'Ew', 'str', { ext: 1 }),
  line(0x0f00, 'lldt', 'Ew', 'lldt', { ext: 2 }),
  line(0x0f00, 'ltr', 'Ew', 'ltr', { ext: 3 }),
  line(0x0f00, 'verr', 'Ew', 'verr', { ext: 4, writes: 'z' }),
  line(0x0f00, 'verw', 'Ew', 'verw', { ext: 5, writes: 'z' }),
  line(0x0f01, 'sgdt', 'Ms', 'sgdt', { ext: 0, form: 'memory' }),
  line(0x0f01, 'sidt', 'Ms', 'sidt', { ext: 1, form: 'memory' }),
  line(0x0f01, 'lgdt', 'Ms', 'lgdt', { ext: 2, form: 'memory' }),
  line(0x0f01, 'lidt', 'Ms', 'lidt', { ext: 3, form: 'memory' }),
  line(0x0f01, 'smsw', 'Ew', 'smsw', { ext: 4 }),
  line(0x0f01, 'lmsw', 'Ew', 'lmsw', { ext: 6 }),
  line(0x0f01, 'invlpg', 'M', 'invlpg', { ext: 7, form: 'memory', cpu: 'i486' }),
];

const control = [
  line(0x0f06, 'clts', '', 'clts'),
  line(0x0f08, 'invd', '', 'invd', { cpu: 'i486' }),
  line(0x0f09, 'wbinvd', '', 'wbinvd', { cpu: 'i486' }),
  line(0x0f0b, 'ud2', '', 'ud', { cpu: 'i686' }),
  line(0x0fb9, 'ud1', 'Gv,Ev', 'ud', { cpu: 'i686' }),
  line(0x0f20, 'mov', 'Rd,Cd', 'movFromCr'),
  line(0x0f21, 'mov', 'Rd,Dd', 'movFromDr'),
  line(0x0f22, 'mov', 'Cd,Rd', 'movToCr'),
  line(0x0f23, 'mov', 'Dd,Rd', 'movToDr'),
  line(0x0f30, 'wrmsr', '', 'wrmsr', { cpu: 'pentium' }),
  line(0x0f31, 'rdtsc', '', rdtsc, { host: 'rdtsc', cpu: 'pentium', cold: true }),
  line(0x0f32, 'rdmsr', '', 'rdmsr', { cpu: 'pentium' }),
  line(0x0f33, 'rdpmc', '', 'rdpmc', { cpu: 'i686' }),
  line(0x0f34, 'sysenter', '', 'sysenter', { cpu: 'i686', ...JUMPS }),
  line(0x0f35, 'sysexit', '', 'sysexit', { cpu: 'i686', ...JUMPS }),
  line(0x0fa2, 'cpuid', '', 'cpuid', { cpu: 'i486' }),
  line(0xf4, 'hlt', '', 'hlt'),
  line(0xfa, 'cli', '', interruptFlag.cli, { host: 'cli' }),
  line(0xfb, 'sti', '', interruptFlag.sti, { host: 'sti' }),
  line(0x9c, 'pushf', '', interruptFlag.pushf, { ...READS_ALL, host: 'pushf' }),
  line(0x9d, 'popf', '', interruptFlag.popf, { writes: ALL, host: 'popf' }),
];

const transfers = [
  line(0xcc, 'int3', '', 'int3', { ...READS_ALL, ...JUMPS }),
  line(0xcd, 'int', 'Ib', 'int', { ...READS_ALL, ...JUMPS }),
  line(0xce, 'into', '', 'into', { ...READS_ALL, ...JUMPS }),
  line(0xf1, 'int1', '', 'int1', { ...READS_ALL, ...JUMPS }),
  line(0xcf, 'iret', '', 'iret', { writes: ALL, ...JUMPS }),
  line(0xca, 'retf', 'Iw', 'retf', JUMPS),
  line(0xcb, 'retf', '', 'retf', JUMPS),
  line(0x9a, 'callf', 'Ap', 'callf', JUMPS),
  line(0xea, 'jmpf', 'Ap', 'jmpf', JUMPS),
  line(0xff, 'callf', 'Mp', 'callfm', { ext: 3, form: 'memory', ...JUMPS }),
  line(0xff, 'jmpf', 'Mp', 'jmpfm', { ext: 5, form: 'memory', ...JUMPS }),
];

const frames = [
  line(0x60, 'pusha', '', 'pusha'),
  line(0x61, 'popa', '', 'popa'),
  line(0xc8, 'enter', 'Iw,Ib', 'enter'),
  line(0x62, 'bound', 'Gv,Ma', 'bound', { form: 'memory' }),
];

export const SYSTEM: Draft[] = [
  ...decimal,
  ...stringInstructions,
  ...io,
  ...segments,
  ...descriptorTables,
  ...control,
  ...transfers,
  ...frames,
];
