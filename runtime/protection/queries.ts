/** LAR, LSL, VERR, VERW, ARPL: what a selector would permit, told in ZF. SDM vol. 3, 5.10. */
import { EFLAGS } from '../../translator/layout.ts';
import type { Cpu, HostInstruction } from '../cpu.ts';
import { readReg, readRm, writeReg, writeRm } from '../host/operands.ts';
import {
  ACCESS,
  accessOf,
  descriptorAddress,
  dplOf,
  isGuarded,
  isInTable,
  isNull,
  isReadable,
  isWritableData,
  limitOf,
  TYPE,
  typeOf,
} from './descriptors.ts';
import { cplOf, requireDescriptors } from './modes.ts';

const types = (...list: number[]): ReadonlySet<number> => new Set(list);
/** System descriptors that LAR and LSL know. SDM vol. 2, tables 3-53 and 3-65. */
const LAR_TYPES = types(
  TYPE.tss16,
  TYPE.ldt,
  TYPE.busyTss16,
  TYPE.callGate16,
  TYPE.taskGate,
  TYPE.tss32,
  TYPE.busyTss32,
  TYPE.callGate32,
);
const LSL_TYPES = types(TYPE.tss16, TYPE.ldt, TYPE.busyTss16, TYPE.tss32, TYPE.busyTss32);

const setZero = (cpu: Cpu, zero: boolean): void => {
  const flags = cpu.readEflags();
  cpu.writeEflags(zero ? flags | EFLAGS.ZF : flags & ~EFLAGS.ZF);
};

/** Linear address of the descriptor, or undefined without one. */
const find = (cpu: Cpu, selector: number): number | undefined =>
  isNull(selector) || !isInTable(cpu, selector) ? undefined : descriptorAddress(cpu, selector);

/** Whether CPL and RPL reach the descriptor: conforming code is open to all. */
const isReached = (cpu: Cpu, selector: number, access: number): boolean =>
  ((access & ACCESS.segment) !== 0 && !isGuarded(access)) || Math.max(cplOf(cpu.state), selector & 3) <= dplOf(access);

/** LAR and LSL: `extract` makes the result of the descriptor's words. */
const query =
  (system: ReadonlySet<number>, extract: (low: number, high: number) => number): HostInstruction =>
  (cpu, instruction) => {
    requireDescriptors(cpu);
    const selector = readRm(cpu, instruction, 16);
    const at = find(cpu, selector);
    if (at === undefined) return setZero(cpu, false);
    const memory = cpu.mmu.linear.system;
    const low = memory.read32(at);
    const high = memory.read32((at + 4) | 0);
    const access = accessOf(high);
    const known = (access & ACCESS.segment) !== 0 || system.has(typeOf(access));
    const visible = known && isReached(cpu, selector, access);
    if (visible) writeReg(cpu, instruction, instruction.operandSize, extract(low, high));
    setZero(cpu, visible);
  };

const verify =
  (permits: (access: number) => boolean): HostInstruction =>
  (cpu, instruction) => {
    requireDescriptors(cpu);
    const selector = readRm(cpu, instruction, 16);
    const at = find(cpu, selector);
    if (at === undefined) return setZero(cpu, false);
    const access = accessOf(cpu.mmu.linear.system.read32((at + 4) | 0));
    setZero(cpu, permits(access) && isReached(cpu, selector, access));
  };

/** Raises the destination's RPL to the source's. */
const arpl: HostInstruction = (cpu, instruction) => {
  requireDescriptors(cpu);
  const rpl = readReg(cpu, instruction, 16) & 3;
  const selector = readRm(cpu, instruction, 16);
  const adjust = (selector & 3) < rpl;
  if (adjust) writeRm(cpu, instruction, 16, (selector & 0xfffc) | rpl);
  setZero(cpu, adjust);
};

export const QUERIES: Record<string, HostInstruction> = {
  lar: query(LAR_TYPES, (_low, high) => high & 0x00f0_ff00),
  lsl: query(LSL_TYPES, limitOf),
  verr: verify(isReadable),
  verw: verify(isWritableData),
  arpl,
};
