/** What MMX and SSE semantics need of a binding beyond the operations that integer instructions use. */
import type { LaneKind } from '../isa/operands.ts';
import type { Val } from '../wasm/code.ts';

/** A state of the processor in which an instruction is refused. */
export interface Refusal {
  /** Host offset of a word of state, and the bits of it that refuse when set, or with `clear`, when one is clear. */
  readonly word: number;
  readonly bits: number;
  readonly clear?: true;
  readonly vector: number;
}

export interface VectorOperations {
  /**
   * Operand k as 128 bits: an XMM or MMX register or memory. What has fewer bits comes in the low ones; those above are
   * zero if it comes from memory or is an MMX register, and an XMM register's own otherwise. Memory that must be
   * aligned and is not raises #GP(0).
   */
  getVector(operand: number): Val;
  /** Writes all of an XMM register, or as many low bits as an MMX register or memory operand has. */
  setVector(operand: number, value: Val): void;
  /**
   * Raises the first of `refusals` that holds. One bit of `mode` is set whenever one does, so that regions look at the
   * mode only, once in a block.
   */
  require(mode: number, refusals: readonly Refusal[]): void;
  mxcsr(): Val;
  setMxcsr(value: Val): void;
  /**
   * Bit 31 is set where MXCSR asks for more than WebAssembly does: to nearest, denormals as they are, all exceptions
   * masked, and PE set already, so that inexact results change nothing.
   */
  unusualControl(): Val;
  /**
   * The low lane of operand k, a register or memory, as a float. While usualExponents is not 0, it is no denormal number.
   */
  getLow(operand: number, kind: LaneKind): Val;
  /** Writes the low lane of operand 0, a register, and nothing above it. */
  setLow(kind: LaneKind, value: Val): void;
  /** Operand 0 := operand 1: all of a register; from memory with zeros above, to memory as many bits as it has. */
  moveVector(): void;
  /** Operand 0 := 0, if operands 0 and 1 are known to be the same register; else false. */
  clearIfSame(): boolean;
  /**
   * 7FEh, or 0 where MXCSR asks for more than WebAssembly does (see unusualControl), or a denormal number is about. So
   * for the exponent e of a double, (e + 1) & usualExponents is 0 where an exact function is to be asked.
   */
  usualExponents(): Val;
  /** An exact function has been called: MXCSR may have changed. */
  askAgain(): void;
}
