/**
 * A decoded instruction: what the decoder found, in the terms of the opcode table. One shape for everything that
 * needs to look inside: the translator, the disassembler and the runtime's functions for rare instructions.
 */
import type { Line } from './line.ts';

export interface Instruction {
  readonly line: Line;
  /** Bytes, prefixes included; at most 15. */
  readonly length: number;
  /** Width of word-sized operands in bits, after the 66 prefix. */
  readonly operandSize: 16 | 32;
  /** Width of effective addresses in bits, after the 67 prefix. */
  readonly addressSize: 16 | 32;
  /** Segment of the memory operand (encoding 0-5), after any override. */
  readonly segment: number;
  /** True when `segment` came from a prefix. */
  readonly override: boolean;
  /** The last F2 or F3 prefix, or 0. */
  readonly rep: 0 | 0xf2 | 0xf3;
  readonly lock: boolean;
  /** ModRM byte, or -1. */
  readonly modrm: number;
  /** Memory operand: register numbers or -1, scale as a shift count. */
  readonly base: number;
  readonly index: number;
  readonly scale: number;
  readonly displacement: number;
  /** Immediate, sign-extended to 32 bits where the table says so; relative displacements and far offsets too. */
  readonly immediate: number;
  /** Second immediate: ENTER's level, the selector of a far pointer. */
  readonly immediate2: number;
  /** Low three bits of the opcode byte (register encoded in the opcode). */
  readonly opcodeRegister: number;
}

export const modOf = (modrm: number): number => modrm >> 6;
export const regOf = (modrm: number): number => (modrm >> 3) & 7;
export const rmOf = (modrm: number): number => modrm & 7;
export const isMemory = (i: Instruction): boolean => i.modrm >= 0 && modOf(i.modrm) !== 3;
