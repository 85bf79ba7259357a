/**
 * How a region keeps XMM registers: one that is used for scalars lives in a float local, its lowest lane, and the rest
 * of it stays in memory; one that is used as a whole lives in a v128 local.
 */
import type { Instruction } from '../isa/instruction.ts';
import { modOf, regOf, rmOf } from '../isa/instruction.ts';
import type { LaneKind, OperandInfo } from '../isa/operands.ts';
import type { Block } from './graph.ts';

const REGISTERS = 8;
/** Which XMM register an operand is, or -1. */
export const xmmNumber = ({ place }: OperandInfo, modrm: number): number => {
  if (place === 'xmm') return regOf(modrm);
  return place === 'xmmRegister' || (place === 'xmmRm' && modOf(modrm) === 3) ? rmOf(modrm) : -1;
};

/** Copies between registers, and what clears one, are as good either way. */
const isNeutral = ({ line: { mnemonic }, modrm }: Instruction): boolean =>
  modOf(modrm) === 3 &&
  (/^mov([au]p[sd]|dq[au])$/.test(mnemonic) || (/^(pxor|xorp[sd])$/.test(mnemonic) && regOf(modrm) === rmOf(modrm)));

/** The lane that each register is kept as, if any. */
export const chooseLanes = (blocks: readonly Block[]): readonly (LaneKind | undefined)[] => {
  const uses = Array.from({ length: REGISTERS }, () => ({ ss: 0, sd: 0, whole: 0 }));
  for (const { instructions } of blocks) {
    for (const { instruction } of instructions) {
      if (isNeutral(instruction)) continue;
      for (const info of instruction.line.infos) {
        const number = xmmNumber(info, instruction.modrm);
        if (number >= 0) uses[number]![info.lane ?? 'whole']++;
      }
    }
  }
  return uses.map(({ ss, sd, whole }) => {
    if (sd > ss && sd > whole) return 'sd';
    return ss > whole ? 'ss' : undefined;
  });
};
