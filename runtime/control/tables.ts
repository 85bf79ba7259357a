/** Descriptor table registers, LDTR and TR. SDM vol. 3, 2.4; vol. 2, LGDT, SGDT, LLDT, SLDT, LTR, STR. */
import { isMemory } from '../../translator/isa/instruction.ts';
import { LDTR, STATE, TR } from '../../translator/layout.ts';
import type { HostInstruction } from '../cpu.ts';
import { operandAddress, readRm, writeRm } from '../host/operands.ts';
import { requireDescriptors, requireSupervisor } from '../protection/modes.ts';
import { loadLdt, loadTaskRegister } from '../protection/segments.ts';
import { VECTOR } from '../state.ts';

/** LGDT, LIDT: with 16-bit operands the base has 24 bits. */
const loadTable =
  (base: number, limit: number): HostInstruction =>
  (cpu, instruction) => {
    requireSupervisor(cpu);
    const at = operandAddress(cpu, instruction, 6, 'read');
    const memory = cpu.mmu.linear;
    const bytes = memory.read16(at);
    const address = memory.read32((at + 2) | 0);
    cpu.state.set(base, instruction.operandSize === 16 ? address & 0xff_ffff : address);
    cpu.state.set(limit, bytes);
  };

const storeTable =
  (base: number, limit: number): HostInstruction =>
  (cpu, instruction) => {
    const at = operandAddress(cpu, instruction, 6, 'write');
    const memory = cpu.mmu.linear;
    memory.probeWrite(at, 6);
    memory.write16(at, cpu.state.get(limit));
    memory.write32((at + 2) | 0, cpu.state.get(base));
  };

/** SLDT, STR: memory receives 16 bits, a register its whole operand size. */
const storeSelector =
  (seg: number): HostInstruction =>
  (cpu, instruction) => {
    requireDescriptors(cpu);
    writeRm(cpu, instruction, isMemory(instruction) ? 16 : instruction.operandSize, cpu.state.selector(seg));
  };

const lldt: HostInstruction = (cpu, instruction) => {
  requireDescriptors(cpu);
  requireSupervisor(cpu);
  loadLdt(cpu, readRm(cpu, instruction, 16), VECTOR.GP);
};

const ltr: HostInstruction = (cpu, instruction) => {
  requireDescriptors(cpu);
  requireSupervisor(cpu);
  loadTaskRegister(cpu, readRm(cpu, instruction, 16));
};

export const TABLES: Record<string, HostInstruction> = {
  lgdt: loadTable(STATE.gdtBase, STATE.gdtLimit),
  lidt: loadTable(STATE.idtBase, STATE.idtLimit),
  sgdt: storeTable(STATE.gdtBase, STATE.gdtLimit),
  sidt: storeTable(STATE.idtBase, STATE.idtLimit),
  lldt,
  ltr,
  sldt: storeSelector(LDTR),
  str: storeSelector(TR),
};
