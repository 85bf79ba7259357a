/** Address and opcode of the last numeric instruction, and address of its operand. SDM vol. 1, 8.1.8-8.1.9. */
import { type Instruction, isMemory } from '../../translator/isa/instruction.ts';
import { CS, STATE } from '../../translator/layout.ts';
import type { Cpu } from '../cpu.ts';
import { effectiveAddress } from '../host/operands.ts';

/** Low three bits of the opcode's first byte, then ModRM. */
const opcodeWord = ({ line, modrm }: Instruction): number => ((line.opcode & 7) << 8) | modrm;

/** For instructions executed in TypeScript, whose EIP already points behind them. */
export const recordPointers = (cpu: Cpu, instruction: Instruction): void => {
  const { state } = cpu;
  state.set(STATE.fpuIp, (state.get(STATE.eip) - instruction.length) | 0);
  state.set(STATE.fpuCs, state.selector(CS));
  state.set(STATE.fpuOpcode, opcodeWord(instruction));
  if (!isMemory(instruction)) return;
  state.set(STATE.fpuDp, effectiveAddress(cpu, instruction) | 0);
  state.set(STATE.fpuDs, state.selector(instruction.segment));
};
