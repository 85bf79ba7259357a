/** HLT, caches and TLB entries. SDM vol. 2, HLT, INVD, INVLPG, WBINVD. */
import type { HostInstruction } from '../cpu.ts';
import { effectiveAddress } from '../host/operands.ts';
import { requireSupervisor } from '../protection/modes.ts';

const hlt: HostInstruction = (cpu) => {
  requireSupervisor(cpu);
  cpu.halt();
};

/** The operand is an address only: neither limit nor presence matter. */
const invlpg: HostInstruction = (cpu, instruction) => {
  requireSupervisor(cpu);
  const base = cpu.state.segBase(instruction.segment);
  cpu.mmu.invalidatePage((base + effectiveAddress(cpu, instruction)) | 0);
};

/** There are no caches to write back. */
const invd: HostInstruction = requireSupervisor;

export const SYSTEM: Record<string, HostInstruction> = { hlt, invlpg, invd, wbinvd: invd };
