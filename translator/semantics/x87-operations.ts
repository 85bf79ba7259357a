/** What x87 semantics need of a binding beyond the operations that integer instructions use. */
import type { Callee, Operand, Val } from '../wasm/code.ts';
import type { Pair, RoundedPair } from '../x87/pair.ts';

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
  /** Calls a function that works on the FPU's registers and words in memory. */
  callFpu(callee: Callee, ...args: Operand[]): Val;
  /** Builds what works on the FPU's registers and words in memory. */
  withFpuInMemory(body: () => void): void;
  /** Where the binding has the registers in locals. */
  readonly fpu?: FpuRegisters | undefined;
}

/**
 * The registers in locals, as pairs (x87/pair.ts), for instructions that execute in line what is usual. What asks comes
 * before the first write, for it may give the instruction to the interpreter. i is a register's place in the stack.
 */
export interface FpuRegisters {
  /** Nothing that an earlier instruction left may be pending. */
  raisePending(): void;
  /** Gives the instruction to the interpreter if the condition holds. */
  leaveIf(condition: Val): void;
  /** ST(i), which must not be empty, and must be a pair. */
  read(i: number): Pair;
  /** The same, for use after ST(i) has been written. */
  copy(i: number): Pair;
  /** There must be room for one more. */
  room(): void;
  write(i: number, value: Pair): void;
  /** Pushes, where there is room; clears C1. */
  push(value: Pair): void;
  pop(): void;
  /**
   * Calls a function that works on ST(0), and more `operands`, in memory, leaves results there, and moves TOP by `moves`;
   * the interpreter does what it refuses by giving 0.
   */
  callOnTop(callee: Callee, operands: number, moves: number): void;
  /** How many exponents are ordinary, or 0 where the control word asks for what only the exact functions do. */
  limit(): Val;
  /** PE where `gained` is not 0; C1 where it has the sign of the result. */
  rounded(result: Pick<RoundedPair, 'high' | 'gained'>): void;
  clearC1(): void;
  /** C0, C2 and C3 := those of `bits`. */
  setCondition(bits: Val): void;
  /** Takes exception flags and C1 over from STATE.fpuStatus, where an exact function has left them. */
  takeFlags(): void;
  statusWord(): Val;
}
