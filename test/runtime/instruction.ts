import type { Instruction } from '../../translator/isa/instruction.ts';
import type { Line, OperandKind } from '../../translator/isa/line.ts';
import { DS } from '../../translator/layout.ts';

/** An instruction as the decoder would make it, with only what host instructions look at. */
export const instruction = (operands: readonly OperandKind[], fields: Partial<Instruction> = {}): Instruction => ({
  line: { operands } as Partial<Line> as Line,
  length: 2,
  operandSize: 32,
  addressSize: 32,
  segment: DS,
  override: false,
  rep: 0,
  lock: false,
  modrm: -1,
  base: -1,
  index: -1,
  scale: 0,
  displacement: 0,
  immediate: 0,
  immediate2: 0,
  opcodeRegister: 0,
  ...fields,
});
