/** MASKMOVQ and MASKMOVDQU: the bytes of a register whose mask is set, to DS:(E)DI. SDM vol. 2. */

import { CR0, CR4 } from '../../translator/control-bits.ts';
import { type Instruction, regOf, rmOf } from '../../translator/isa/instruction.ts';
import { STATE } from '../../translator/layout.ts';
import { STATUS } from '../../translator/x87/words.ts';
import type { Cpu, HostInstruction } from '../cpu.ts';
import { requireAlignment } from '../protection/alignment.ts';
import { GuestFault, VECTOR } from '../state.ts';
import { claimFpu } from '../x87/registers.ts';
import { linearAddress } from './operands.ts';

const EDI = 7;
/** Where alignment is checked: bytes, of MASKMOVDQU too, which processors execute in two halves. */
const ALIGNMENT = 8;

/** Throws #UD or #NM where SSE, or MMX, is not to be used. */
const claim = (cpu: Cpu, mmx: boolean): void => {
  const { state } = cpu;
  const off = (state.get(STATE.cr0) & CR0.EM) !== 0 || (!mmx && !(state.get(STATE.cr4) & CR4.OSFXSR));
  if (off) throw new GuestFault(VECTOR.UD);
  claimFpu(cpu, mmx);
};

/** As every MMX instruction does, even one that faults. */
const enterMmx = ({ state }: Cpu): void => {
  state.set(STATE.fpuStatus, state.get(STATE.fpuStatus) & ~STATUS.TOP);
  state.set(STATE.fpuTag, 0);
};

const maskmov: HostInstruction = (cpu, instruction: Instruction) => {
  const { state } = cpu;
  const mmx = instruction.line.operands[0] === 'Pq';
  claim(cpu, mmx);
  const file = mmx ? STATE.fpu : STATE.xmm;
  const bytes = mmx ? 8 : 16;
  const [from, mask] = [regOf(instruction.modrm), rmOf(instruction.modrm)].map((n) => file + 16 * n) as [
    number,
    number,
  ];
  const offset = instruction.addressSize === 16 ? state.gpr(EDI) & 0xffff : state.gpr(EDI) >>> 0;
  const linear = linearAddress(cpu, instruction.segment, offset, bytes, 'write', true);
  requireAlignment(state, linear, ALIGNMENT);
  if (mmx) enterMmx(cpu);
  const wanted = Array.from({ length: bytes }, (_, n) => n).filter((n) => state.u8[mask + n]! & 0x80);
  // Whether it faults without a byte to write is left to the processor.
  cpu.mmu.linear.probeWrite(linear, bytes);
  for (const n of wanted) cpu.mmu.linear.write8((linear + n) | 0, state.u8[from + n]!);
};

export const MASKED_MOVES: Readonly<Record<string, HostInstruction>> = { maskmov };
