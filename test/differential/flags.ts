/**
 * Which arithmetic flags, and bits of the x87 status word, are undefined after a sequence, followed instruction by instruction. The table says what
 * a line leaves undefined; the table's `reads` and `writes` also name flags that the implementation only carries.
 */
import type { Instruction } from '../../translator/isa/instruction.ts';
import { ARITHMETIC_FLAGS, EFLAGS } from '../../translator/layout.ts';

const { CF, PF, AF, ZF, SF, OF } = EFLAGS;

/** By mnemonic: what is really read and really computed, where the table also names flags passed through. */
const OWN_FLAGS: Readonly<Record<string, { reads: number; writes: number }>> = {
  clc: { reads: 0, writes: CF },
  stc: { reads: 0, writes: CF },
  cmc: { reads: CF, writes: CF },
  sahf: { reads: 0, writes: CF | PF | AF | ZF | SF },
  bt: { reads: 0, writes: CF },
  bts: { reads: 0, writes: CF },
  btr: { reads: 0, writes: CF },
  btc: { reads: 0, writes: CF },
  bsf: { reads: 0, writes: ZF },
  bsr: { reads: 0, writes: ZF },
  cmps: { reads: 0, writes: ARITHMETIC_FLAGS },
  scas: { reads: 0, writes: ARITHMETIC_FLAGS },
};

/** Undefined by the manual, but the same on processors of Intel and AMD, and so compared. */
const SETTLED: Readonly<Record<string, number>> = {
  and: AF,
  or: AF,
  xor: AF,
  test: AF,
  bt: OF | SF | AF | PF,
  bts: OF | SF | AF | PF,
  btr: OF | SF | AF | PF,
  btc: OF | SF | AF | PF,
};
const leftUndefined = ({ line }: Instruction): number => line.undefined & ~(SETTLED[line.mnemonic] ?? 0);

const reads = ({ line }: Instruction): number => OWN_FLAGS[line.mnemonic]?.reads ?? line.reads;

/** The undefined flags after an instruction that met `before` of them. `count`: CL, for shifts by it. */
const undefinedAfter = (instruction: Instruction, before: number, count: number): number => {
  const { line } = instruction;
  if (line.keeps) return shiftOrString(instruction, before, count);
  const writes = OWN_FLAGS[line.mnemonic]?.writes ?? line.writes;
  return (before & ~writes) | leftUndefined(instruction);
};

/** Lines that leave the flags alone when their count is 0. */
const shiftOrString = ({ line, rep, modrm, immediate }: Instruction, before: number, cl: number) => {
  if (line.mnemonic === 'cmps' || line.mnemonic === 'scas') return rep ? before : before & ~ARITHMETIC_FLAGS;
  const last = line.operands.at(-1);
  const count = (last === '1' ? 1 : last === 'CL' ? cl : immediate) & 31;
  if (count === 0 || modrm < 0) return before;
  // OF is defined for a count of 1.
  const undefinedNow = count === 1 ? line.undefined & ~OF : line.undefined;
  return (before & ~line.writes) | undefinedNow;
};

/** C1 after these is 0 on some CPUs and what it was on others. */
const LEAVES_C1 = /^f(u?)comi(p?)$/;
const C1 = 0x200;
/** These neither read nor write the status word's conditions. */
const WITHOUT_CONDITIONS = /^(fcmov.*|fnop|fwait|fldcw|fnstcw|fnclex|feni|fdisi|fsetpm)$/;
const READS_STATUS = /^(fnstsw|fnstenv|fnsave|fxsave)$/;
const isX87 = ({ line }: Instruction): boolean => line.opcode === 0x9b || line.opcode >> 3 === 0x1b;

/**
 * True where processors leave more than flags to themselves: SHLD and SHRD of words by more than 16 go on with the
 * destination's bits on those of Intel, which is what is emulated, and with the source's on those of AMD.
 */
const undefinedResult = ({ line, operandSize, immediate }: Instruction, cl: number): boolean => {
  if (line.mnemonic !== 'shld' && line.mnemonic !== 'shrd') return false;
  return ((line.operands.at(-1) === 'CL' ? cl : immediate) & 31) > operandSize;
};

/** Follows an execution: which arithmetic flags are undefined, and whether anything has come to depend on one. */
export class UndefinedFlags {
  flags = 0;
  /** Bits of the x87 status word. */
  status = 0;
  /** False once a result depends on what the manual leaves undefined. */
  defined = true;

  /** True when the instruction would read an undefined flag. */
  reads(instruction: Instruction): boolean {
    if (this.status && READS_STATUS.test(instruction.line.mnemonic)) return true;
    return (reads(instruction) & this.flags) !== 0;
  }

  /** Before the instruction is executed; `cl` is CL then. */
  follow(instruction: Instruction, cl: number): void {
    if (this.reads(instruction) || undefinedResult(instruction, cl)) this.defined = false;
    this.flags = undefinedAfter(instruction, this.flags, cl);
    if (!isX87(instruction) || WITHOUT_CONDITIONS.test(instruction.line.mnemonic)) return;
    this.status = LEAVES_C1.test(instruction.line.mnemonic) ? C1 : 0;
  }
}
