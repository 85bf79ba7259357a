/** What x87 semantics need of a binding beyond the operations that integer instructions use. */
import type { Val } from '../wasm/code.ts';

export interface X87Operations {
  /** Number in the register stack of operand k: ST0 or STi. */
  stackIndex(operand: number): Val;
  /** Non-zero where one of these bits of MODE is set; a region knows its mode, so that this is a constant there. */
  mode(bits: number): Val;
  /** Makes sure that memory operand k can be written in full, so that writing it can no longer fault. */
  openForWriting(operand: number): void;
  /** Sign and exponent of the ten-byte memory operand k: 16 bits at offset 8. get64 and set64 serve the significand. */
  getExponent(operand: number): Val;
  setExponent(operand: number, value: Val): void;
  /**
   * Records address and opcode of this instruction, and address of its memory operand if it has one, at
   * STATE.fpuIp, fpuCs, fpuOpcode (11 bits: low 3 of the first byte, then ModRM), fpuDp, fpuDs. SDM vol. 1, 8.1.8.
   */
  recordPointers(): void;
}
