/** Model-specific registers, the time stamp counter and performance counters. SDM vol. 4; vol. 2, RDMSR, RDTSC. */

import { CR4, EFER_NXE } from '../../translator/control-bits.ts';
import { STATE } from '../../translator/layout.ts';
import type { Cpu, HostInstruction } from '../cpu.ts';
import { cplOf, isProtected, requireSupervisor } from '../protection/modes.ts';
import { type CpuState, generalProtection } from '../state.ts';
import { type FeatureName, has } from './models.ts';

/** 64 bits as two unsigned words. */
interface Register {
  read(cpu: Cpu): bigint;
  /** Absent: writing raises #GP(0). */
  write?(cpu: Cpu, value: bigint): void;
  /** It is there only with this feature. */
  readonly needs?: FeatureName;
}

const U32 = 0xffff_ffffn;

/** A register that is a word of CPU state. */
const stateWord = (offset: number): Register => ({
  read: ({ state }) => BigInt(state.get(offset) >>> 0),
  write: ({ state }, value) => state.set(offset, Number(value & U32) | 0),
});
/** A register that always reads as `value`; what is written goes nowhere. */
const constant = (value: bigint): Register => ({ read: () => value, write: () => {} });

/** Fast string operations on, execute-disable not disabled. */
const MISC_ENABLE = 1n;

const efer: Register = {
  read: ({ state }) => BigInt(state.get(STATE.efer) >>> 0),
  write: (cpu, value) => {
    if (value & ~BigInt(EFER_NXE)) generalProtection();
    cpu.state.set(STATE.efer, Number(value));
    cpu.mmu.modeChanged();
  },
};

/** IA32_APIC_BASE: the local APIC is the board's. */
const apicBase: Register = {
  read: ({ board }) => BigInt(board.apicBase >>> 0),
  write: ({ board }, value) => {
    board.apicBase = Number(value & U32);
  },
};

const timeStampCounter: Register = {
  read: (cpu) => BigInt(now(cpu)),
  write: (cpu, value) => {
    cpu.timestampOffset = Number(BigInt.asIntN(64, value)) - cpu.board.timestamp();
  },
};

/** By number; others raise #GP(0). */
const REGISTERS: ReadonlyMap<number, Register> = new Map<number, Register>([
  [0x10, timeStampCounter],
  /** IA32_PLATFORM_ID, IA32_BIOS_SIGN_ID: no microcode to update. */
  [0x17, constant(0n)],
  [0x8b, constant(0n)],
  [0x1b, apicBase],
  [0x1a0, constant(MISC_ENABLE)],
  [0x174, { ...stateWord(STATE.sysenterCs), needs: 'SEP' }],
  [0x175, { ...stateWord(STATE.sysenterEsp), needs: 'SEP' }],
  [0x176, { ...stateWord(STATE.sysenterEip), needs: 'SEP' }],
  [0xc000_0080, { ...efer, needs: 'NX' }],
]);

/** Cycles that RDTSC shows. */
const now = (cpu: Cpu): number => cpu.board.timestamp() + cpu.timestampOffset;

const setPair = (state: CpuState, low: number, high: number): void => {
  state.setGpr(0, low);
  state.setGpr(2, high);
};

const registerOf = (cpu: Cpu): Register => {
  requireSupervisor(cpu);
  const register = REGISTERS.get(cpu.state.gpr(1) >>> 0) ?? generalProtection();
  if (register.needs && !has(cpu.model, register.needs)) generalProtection();
  return register;
};

const rdmsr: HostInstruction = (cpu) => {
  const value = registerOf(cpu).read(cpu);
  setPair(cpu.state, Number(value & U32), Number((value >> 32n) & U32));
};

const wrmsr: HostInstruction = (cpu) => {
  const { state } = cpu;
  const register = registerOf(cpu);
  if (!register.write) generalProtection();
  register.write!(cpu, (BigInt(state.gpr(2) >>> 0) << 32n) | BigInt(state.gpr(0) >>> 0));
};

const rdtsc: HostInstruction = (cpu) => {
  const { state } = cpu;
  if (state.get(STATE.cr4) & CR4.TSD && isProtected(state) && cplOf(state) !== 0) generalProtection();
  const { low, high } = timestamp(cpu);
  setPair(state, low, high);
};

/** What RDTSC reads, in two words. */
export const timestamp = (cpu: Cpu): { low: number; high: number } => {
  const cycles = now(cpu);
  return { low: cycles | 0, high: Math.floor(cycles / 2 ** 32) };
};

/** This model has no performance counters. */
const rdpmc: HostInstruction = () => generalProtection();

export const MSR: Record<string, HostInstruction> = { rdmsr, wrmsr, rdtsc, rdpmc };
