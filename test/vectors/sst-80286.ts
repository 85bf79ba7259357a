/** The single-instruction tests captured on a real 80286: how they are read, run on a CPU, and compared. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { BareCpu, CpuRegisters, SegmentName } from '../../src/index.ts';

type RegisterName = 'ax' | 'bx' | 'cx' | 'dx' | 'sp' | 'bp' | 'si' | 'di';
type Registers = Record<RegisterName | 'cs' | 'ss' | 'ds' | 'es' | 'ip' | 'flags', number>;
type Bytes = readonly (readonly [address: number, value: number])[];

export interface Case {
  readonly idx: number;
  readonly name: string;
  readonly bytes: readonly number[];
  readonly initial: { readonly regs: Registers; readonly ram: Bytes };
  /** Only what changed. */
  readonly final: { readonly regs: Partial<Registers>; readonly ram: Bytes };
  readonly exception?: { readonly number: number };
}

interface OpcodeNotes {
  readonly 'flags-mask'?: number;
  readonly reg?: Readonly<Record<string, OpcodeNotes>>;
}

const FOLDER = fileURLToPath(new URL('../../../shared/vectors/sst-80286-real/', import.meta.url));
export const available = existsSync(FOLDER);

/** Names of the opcode files: opcode in hex, then the ModRM reg field where it selects the instruction. */
export const fileNames = (): string[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json.gz'))
    .map((file) => file.slice(0, -'.json.gz'.length));

export const readCases = (name: string): Case[] =>
  JSON.parse(gunzipSync(readFileSync(`${FOLDER}${name}.json.gz`)).toString()).tests;

let notes: Record<string, OpcodeNotes> | undefined;
/** Flags that are defined after the instruction, bits 0-11. */
export const definedFlags = (name: string): number => {
  notes ??= JSON.parse(readFileSync(`${FOLDER}metadata.json`, 'utf8')).opcodes as Record<string, OpcodeNotes>;
  const [opcode, reg] = name.split('.');
  const entry = reg === undefined ? notes[opcode!] : notes[opcode!]?.reg?.[reg];
  return (entry?.['flags-mask'] ?? 0xffff) & FLAGS_OF_286;
};

/** Bits 12-15 read as 0 in real mode on the 286; on later CPUs a program can set IOPL and NT there. */
const FLAGS_OF_286 = 0x0fff;
const WIDE: Record<RegisterName, keyof CpuRegisters> = {
  ax: 'eax',
  bx: 'ebx',
  cx: 'ecx',
  dx: 'edx',
  sp: 'esp',
  bp: 'ebp',
  si: 'esi',
  di: 'edi',
};
const NAMES = Object.keys(WIDE) as RegisterName[];
const SEGMENTS: SegmentName[] = ['cs', 'ss', 'ds', 'es'];
const REAL_CODE = 0x9b;
const REAL_DATA = 0x93;
/** 1 MB and the 64 KB that FFFF:0010 and up reach. */
export const MEMORY = 0x11_0000;
/** More than the longest string instruction with its handler needs. */
export const PATIENCE = 200_000;

const hex = (value: number): string => value.toString(16);

/** Runs one case in a CPU and clears the memory it used. Returns what differs, or undefined. */
export const runCase = (cpu: BareCpu, test: Case, flags: number): string | undefined => {
  prepare(cpu, test);
  const reason = cpu.run({ instructions: PATIENCE });
  const differences = reason === 'halt' ? compare(cpu, test, flags) : [`stopped by ${reason}`];
  for (const [address] of [...test.initial.ram, ...test.final.ram]) cpu.load(address, ZERO);
  if (differences.length === 0) return undefined;
  const bytes = test.bytes.map((byte) => hex(byte).padStart(2, '0')).join(' ');
  return `${test.name} [${bytes}] #${test.idx}: ${differences.join(', ')}`;
};

const ZERO = Uint8Array.of(0);

/** Puts a case's registers and memory in place. */
export const prepare = (cpu: BareCpu, { initial: { regs, ram } }: Case): void => {
  cpu.reset();
  for (const name of NAMES) cpu.registers[WIDE[name]] = regs[name];
  for (const name of SEGMENTS) {
    const selector = regs[name as 'cs'];
    cpu.setSegment(name, {
      selector,
      base: selector << 4,
      limit: 0xffff,
      access: name === 'cs' ? REAL_CODE : REAL_DATA,
    });
  }
  cpu.registers.eip = regs.ip;
  cpu.registers.eflags = regs.flags & FLAGS_OF_286;
  for (const [address, value] of ram) cpu.load(address, Uint8Array.of(value));
};

const compare = (cpu: BareCpu, { initial, final, exception }: Case, flags: number): string[] => {
  const expected = { ...initial.regs, ...final.regs };
  const differences: string[] = [];
  const check = (name: string, got: number, wanted: number, mask = 0xffff) => {
    if ((got ^ wanted) & mask) differences.push(`${name} ${hex(got & mask)} instead of ${hex(wanted & mask)}`);
  };
  for (const name of NAMES) check(name, cpu.registers[WIDE[name]], expected[name]);
  for (const name of SEGMENTS) check(name, cpu.segment(name).selector, expected[name as 'cs']);
  check('ip', cpu.registers.eip, expected.ip);
  check('flags', cpu.registers.eflags, expected.flags, flags);
  // FLAGS as an exception pushed them, above CS and IP. (The files name an address too: rounded down to even.)
  const pushedFlags = exception ? (expected.ss << 4) + ((expected.sp + 4) & 0xffff) : -2;
  for (const [address, value] of final.ram) {
    const pushed = address - pushedFlags;
    const mask = pushed === 0 ? flags & 0xff : pushed === 1 ? flags >> 8 : 0xff;
    check(`[${hex(address)}]`, cpu.memory[address]!, value, mask);
  }
  return differences;
};
