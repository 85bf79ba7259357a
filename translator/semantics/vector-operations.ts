/** What MMX and SSE semantics need of a binding beyond the operations that integer instructions use. */
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
   * masked, and PE set already, so that inexact results change nothing. Regions look once in a block.
   */
  unusualControl(): Val;
}
