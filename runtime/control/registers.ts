/** Control and debug registers. SDM vol. 3, 2.5 and 17.2; vol. 2, MOV CR, MOV DR, LMSW, SMSW, CLTS. */

import { CR0, CR4 } from '../../translator/control-bits.ts';
import { isMemory, regOf, rmOf } from '../../translator/isa/instruction.ts';
import { STATE } from '../../translator/layout.ts';
import type { Cpu, HostInstruction } from '../cpu.ts';
import { DR7_GD, readDebugRegister, refuseDebugAccess, writeDebugRegister } from '../debug.ts';
import { readRm, writeRm } from '../host/operands.ts';
import { requireSupervisor } from '../protection/modes.ts';
import { type CpuState, GuestFault, generalProtection, VECTOR } from '../state.ts';
import { type CpuModel, type FeatureName, has } from './models.ts';
import { loadCr3, loadPageDirectoryPointers } from './page-directory.ts';

const CR0_WRITABLE = CR0.PE | CR0.MP | CR0.EM | CR0.TS | CR0.NE | CR0.WP | CR0.AM | CR0.NW | CR0.CD | CR0.PG;
/** Changes of these change how linear addresses translate. */
const CR0_TRANSLATION = CR0.PE | CR0.PG | CR0.WP;
const CR4_TRANSLATION = CR4.PSE | CR4.PAE | CR4.PGE;

/** Bits of CR4, and the features without which they are reserved. */
const CR4_NEEDS: readonly (readonly [number, FeatureName])[] = [
  [CR4.VME | CR4.PVI, 'VME'],
  [CR4.TSD, 'TSC'],
  [CR4.DE, 'DE'],
  [CR4.PSE, 'PSE'],
  [CR4.PAE, 'PAE'],
  [CR4.MCE, 'MCE'],
  [CR4.PGE, 'PGE'],
  // RDPMC, which it is about, is of the same generation.
  [CR4.PCE, 'CMOV'],
  [CR4.OSFXSR, 'FXSR'],
  [CR4.OSXMMEXCPT, 'SSE'],
];
const writableCr4 = (model: CpuModel): number =>
  CR4_NEEDS.reduce((bits, [bit, feature]) => (has(model, feature) ? bits | bit : bits), 0);

/** Loads CR0. Throws #GP(0) on an impossible combination. The mode is up to date afterwards. */
const setCr0 = (cpu: Cpu, value: number): void => {
  const { state } = cpu;
  if (value & CR0.PG && !(value & CR0.PE)) generalProtection();
  if (value & CR0.NW && !(value & CR0.CD)) generalProtection();
  const next = (value & CR0_WRITABLE) | CR0.ET;
  const changed = next ^ state.get(STATE.cr0);
  if (changed & next & CR0.PG && state.get(STATE.cr4) & CR4.PAE) loadPageDirectoryPointers(cpu, state.get(STATE.cr3));
  state.set(STATE.cr0, next);
  if (changed & CR0_TRANSLATION) cpu.mmu.modeChanged();
  cpu.updateMode();
};

/** Loads CR4. Throws #GP(0) on a reserved bit. */
const setCr4 = (cpu: Cpu, value: number): void => {
  const { state } = cpu;
  if (value & ~writableCr4(cpu.model)) generalProtection();
  const changed = value ^ state.get(STATE.cr4);
  if (changed & CR4_TRANSLATION && value & CR4.PAE && state.get(STATE.cr0) & CR0.PG) {
    loadPageDirectoryPointers(cpu, state.get(STATE.cr3));
  }
  state.set(STATE.cr4, value);
  if (changed & CR4_TRANSLATION) cpu.mmu.modeChanged();
  cpu.updateMode();
};

const invalid = (): never => {
  throw new GuestFault(VECTOR.UD);
};

const READABLE: Record<number, number> = { 0: STATE.cr0, 2: STATE.cr2, 3: STATE.cr3, 4: STATE.cr4 };
const WRITERS: Record<number, (cpu: Cpu, value: number) => void> = {
  0: setCr0,
  2: ({ state }, value) => state.set(STATE.cr2, value),
  3: loadCr3,
  4: setCr4,
};

const movFromCr: HostInstruction = (cpu, { modrm }) => {
  const { state } = cpu;
  const offset = READABLE[regOf(modrm)] ?? invalid();
  requireSupervisor(cpu);
  state.setGpr(rmOf(modrm), state.get(offset));
};

const movToCr: HostInstruction = (cpu, { modrm }) => {
  const write = WRITERS[regOf(modrm)] ?? invalid();
  requireSupervisor(cpu);
  write(cpu, cpu.state.gpr(rmOf(modrm)));
};

/** DR4 and DR5 are names of DR6 and DR7 until CR4.DE takes them away. SDM vol. 3, 17.2.2. */
const debugRegister = (cpu: Cpu, index: number): number => {
  const { state } = cpu;
  const alias = index === 4 || index === 5;
  if (alias && state.get(STATE.cr4) & CR4.DE) invalid();
  requireSupervisor(cpu);
  if (readDebugRegister(state, 7) & DR7_GD) refuseDebugAccess(state);
  return alias ? index + 2 : index;
};

const movFromDr: HostInstruction = (cpu, { modrm }) => {
  const index = debugRegister(cpu, regOf(modrm));
  cpu.state.setGpr(rmOf(modrm), readDebugRegister(cpu.state, index));
};

const movToDr: HostInstruction = (cpu, { modrm }) => {
  const index = debugRegister(cpu, regOf(modrm));
  writeDebugRegister(cpu, index, cpu.state.gpr(rmOf(modrm)));
};

const MACHINE_STATUS = CR0.PE | CR0.MP | CR0.EM | CR0.TS;

/** LMSW sets PE but never clears it. */
const lmsw: HostInstruction = (cpu, instruction) => {
  requireSupervisor(cpu);
  const cr0 = cpu.state.get(STATE.cr0);
  const value = readRm(cpu, instruction, 16) & MACHINE_STATUS;
  setCr0(cpu, (cr0 & ~(MACHINE_STATUS & ~CR0.PE)) | value);
};

const smsw: HostInstruction = (cpu, instruction) =>
  writeRm(cpu, instruction, isMemory(instruction) ? 16 : instruction.operandSize, machineStatus(cpu.state));
const machineStatus = (state: CpuState): number => state.get(STATE.cr0);

const clts: HostInstruction = (cpu) => {
  requireSupervisor(cpu);
  const { state } = cpu;
  state.set(STATE.cr0, state.get(STATE.cr0) & ~CR0.TS);
  cpu.updateMode();
};

export const CONTROL_REGISTERS: Record<string, HostInstruction> = {
  movFromCr,
  movToCr,
  movFromDr,
  movToDr,
  lmsw,
  smsw,
  clts,
};
