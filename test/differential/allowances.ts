/** Where real CPUs differ among themselves, so that a difference from this machine's is no mistake. */
import type { Instruction } from '../../translator/isa/instruction.ts';
import { toleratesMisaligned } from './fpu-image.ts';
import { ALIGNMENT_CHECK, GENERAL_PROTECTION, type Outcome, PAGE_FAULT, STACK_FAULT } from './layout.ts';

interface Allowance {
  readonly reason: string;
  /** `last`: the instruction that both outcomes stopped at. */
  readonly applies: (emulated: Outcome, real: Outcome, last: Instruction | undefined) => boolean;
}

const WRAPPED = new Set([GENERAL_PROTECTION, STACK_FAULT]);
const FIRST_FAULTS = new Set([PAGE_FAULT, GENERAL_PROTECTION, ALIGNMENT_CHECK]);
const ADDRESS_SPACE_END = 0xffff_e000;
/** Accesses this close to 4 GB may wrap around. */
const TOP = 0xffff_ffc0;
const BOTTOM = 0x40;

const ALLOWANCES: readonly Allowance[] = [
  {
    reason: "Linux claims that pages behind the end of a process's address space are present",
    applies: (emulated, real) => emulated.cr2 === real.cr2 && real.cr2 >= ADDRESS_SPACE_END,
  },
  {
    reason: 'an access that wraps around 4 GB raises #GP or #SS on some, and is just two accesses on others',
    applies: ({ vector, cr2, eip }, real) =>
      (vector === ALIGNMENT_CHECK || (vector === PAGE_FAULT && (cr2 >= TOP || cr2 < BOTTOM))) &&
      WRAPPED.has(real.vector) &&
      eip === real.eip,
  },
  {
    reason: 'a repeated string instruction may look ahead: the address of its fault is that of a later element',
    applies: (emulated, real, last) =>
      emulated.vector === PAGE_FAULT && real.vector === PAGE_FAULT && last !== undefined && last.rep !== 0,
  },
  {
    reason: 'which part of an image of the FPU is read first is left open',
    applies: (emulated, real, last) =>
      emulated.vector === PAGE_FAULT &&
      real.vector === PAGE_FAULT &&
      emulated.cr2 >>> 12 === real.cr2 >>> 12 &&
      /^(fldenv|frstor|fxrstor)$/.test(last?.line.mnemonic ?? ''),
  },
  {
    reason: 'POPA may have popped some registers when it faults',
    applies: (emulated, real, last) =>
      emulated.vector === PAGE_FAULT && real.vector === PAGE_FAULT && last?.line.mnemonic === 'popa',
  },
  {
    reason: 'which of two operands in memory is accessed first is left open',
    applies: (emulated, real, last) =>
      FIRST_FAULTS.has(emulated.vector) && FIRST_FAULTS.has(real.vector) && last?.line.mnemonic === 'cmps',
  },
  {
    reason: "AMD's processors take a bit in MXCSR that is reserved on Intel's",
    applies: (emulated, real, last) =>
      emulated.vector === GENERAL_PROTECTION &&
      toleratesMisaligned(real.fpu) &&
      /^(ldmxcsr|fxrstor)$/.test(last?.line.mnemonic ?? ''),
  },
  {
    reason: 'MASKMOVQ may have gone over to MMX state when it faults',
    applies: (emulated, real, last) =>
      emulated.vector === real.vector && emulated.vector !== GENERAL_PROTECTION && last?.line.mnemonic === 'maskmovq',
  },
];

export const allowed = (emulated: Outcome, real: Outcome, last: Instruction | undefined): boolean =>
  ALLOWANCES.some(({ applies }) => applies(emulated, real, last));
