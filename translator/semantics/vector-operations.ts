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
  /** Asks for the exact functions from here to the block's end if bit 31 of the word is set. */
  distrust(word: Val): void;
  /**
   * Whether the low lane of operand k, as this kind of float, is known to be no denormal number while unusualControl
   * asks for nothing; and the note that it is. Only regions know such things, from one instruction of a block to others.
   */
  isTrusted(operand: number, kind: LaneKind): boolean;
  trust(operand: number, kind: LaneKind): void;
}
export type LaneKind = 'ss' | 'sd';
