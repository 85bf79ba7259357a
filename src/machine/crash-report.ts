/** What is left to tell of a guest that has shut down. */

import type { Processor } from '../../runtime/processor.ts';
import { GuestFault } from '../../runtime/state.ts';
import { type Disassembled, disassembleAt } from '../../translator/isa/disassembler.ts';
import { CS, GPR_NAMES, MODE, SEGMENT_NAMES, STATE } from '../../translator/layout.ts';
import type { CrashReport } from './api.ts';

const CONTROL = { eip: STATE.eip, cr0: STATE.cr0, cr2: STATE.cr2, cr3: STATE.cr3, cr4: STATE.cr4 } as const;
/** Instructions told of before the one that failed, and how far before it, in bytes, they are looked for. */
const BEFORE = 8;
const REACH = 40;

export const crashReport = (cpu: Processor): CrashReport => {
  const { state } = cpu;
  const registers: Record<string, number> = {};
  GPR_NAMES.forEach((name, index) => {
    registers[name] = state.gpr(index) >>> 0;
  });
  for (const [name, offset] of Object.entries(CONTROL)) registers[name] = state.get(offset) >>> 0;
  registers['eflags'] = cpu.readEflags() >>> 0;
  SEGMENT_NAMES.forEach((name, index) => {
    registers[name] = state.selector(index);
  });
  const failed = (state.segBase(CS) + state.get(STATE.eip)) >>> 0;
  const instructions = [...before(cpu, failed), instructionAt(cpu, failed)];
  return {
    cause: 'triple fault',
    registers,
    lastInstructions: instructions.map(({ address, text }) => ({ address, text })),
  };
};

/**
 * The instructions in a row that end at a linear address. Nobody knows where they begin; decoding falls into step
 * soon, so a start well before finds most of them as they are.
 */
const before = (cpu: Processor, end: number): Disassembled[] => {
  for (let start = Math.max(0, end - REACH); start < end; start++) {
    const found: Disassembled[] = [];
    let address = start;
    while (address < end) {
      const instruction = instructionAt(cpu, address);
      if (instruction.text.startsWith('(')) break;
      found.push(instruction);
      address += instruction.length;
    }
    if (address === end) return found.slice(-BEFORE);
  }
  return [];
};

/** The instruction at a linear address, as far as its bytes can be read; otherwise a text in parentheses. */
const instructionAt = (cpu: Processor, address: number): Disassembled => {
  const size = cpu.state.get(STATE.mode) & MODE.code32 ? 32 : 16;
  try {
    return disassembleAt((index) => cpu.mmu.linear.system.read8((address + index) | 0), address, size);
  } catch (error) {
    if (!(error instanceof GuestFault)) throw error;
    return { address, length: 1, text: '(not mapped)' };
  }
};
