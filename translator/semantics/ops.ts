/**
 * The operations in which instruction semantics are written. A semantics function is called once for each binding:
 * open (operands found at run time: the interpreter) and closed (operands known: a region); both build
 * WebAssembly through the Code at hand.
 *
 * Rules: every load and every probe comes before the first guest-visible write, so that a fault restarts the
 * instruction cleanly; flags are declared before the register write that may overwrite their operands; operands
 * come zero-extended, results may carry dirty bits above their width.
 */
import type { FlagSource } from '../flags.ts';
import type { Callee, Code, Operand, Val } from '../wasm/code.ts';
import type { VectorOperations } from './vector-operations.ts';
import type { X87Operations } from './x87-operations.ts';

export type Width = 8 | 16 | 32;
export type Semantics = (o: Ops) => void;

export interface Ops extends X87Operations, VectorOperations {
  /** Arithmetic and control of the function being built. */
  readonly c: Code;
  /** Width in bits of operand 0, which is the width of the operation. */
  readonly size: Width;
  /** 16 or 32: operand size attribute of the instruction. */
  readonly operandSize: 16 | 32;
  /** Condition code of Jcc, SETcc, CMOVcc. */
  readonly conditionCode: number;

  widthOf(operand: number): Width;
  /** Value of operand k, zero-extended. A memory operand 0 of a lockable line is opened for writing too. */
  get(operand: number): Val;
  /** Writes operand k. A memory operand that get() opened is written in place. */
  set(operand: number, value: Operand): void;
  /** Memory operand k as 64 bits. */
  get64(operand: number): Val;
  set64(operand: number, value: Val): void;
  /** Offset of the memory operand in its segment, at address size (LEA). */
  address(operand: number): Val;
  /** Builds what a memory operand k needs, or what a register needs: in the open binding both, chosen at run time. */
  ifMemory(operand: number, memory: () => void, register: () => void): void;
  /** Moves the memory operand k by `bytes` before it is read (bit strings). */
  displace(operand: number, bytes: Val): void;

  /** Number of the segment register that operand k is. */
  segmentNumber(operand: number): Val;

  /** General register by encoding (8-bit: AL CL DL BL AH CH DH BH), zero-extended. */
  reg(index: number, width?: Width): Val;
  setReg(index: number, value: Operand, width?: Width): void;

  /** Stack of SS at the stack's width; `bits` wide items. ESP is committed by the operation itself. */
  push(value: Operand, bits: 16 | 32): void;
  /** Reads the top of stack without moving ESP. */
  top(bits: 16 | 32): Val;
  /** Moves ESP up by `bytes` at the stack's width. */
  release(bytes: Operand): void;
  /** ESP := value, at the stack's width. */
  setStackPointer(value: Operand): void;
  /** Loads from the stack segment at an offset (LEAVE). */
  loadStack(offset: Val, bits: 16 | 32): Val;
  /** Loads a byte from the data segment in force at an offset (XLAT). */
  loadData(offset: Val, bits: Width): Val;

  /** Moves an index register of a string instruction by `bytes`. */
  advance(register: number, bytes: Val): void;

  // Flags
  define(source: FlagSource): void;
  flags(): FlagSource;
  /** Condition cc (0-15) as 0 or 1. */
  condition(cc: number): Val;
  /** Runs `body` only if the condition holds; flags defined inside are defined only then. */
  when(condition: Val, body: () => void): void;
  /** EFLAGS bits other than the arithmetic ones. */
  systemFlags(): Val;
  setSystemFlags(value: Operand): void;

  // Control
  /** EIP of the next instruction. */
  nextEip(): Val;
  jump(target: Val): void;
  /** Jumps by the relative operand k. */
  jumpRelative(operand: number): void;
  branchRelative(operand: number, condition: Val): void;
  /** Return and indirect jump or call: the target is a value. */
  jumpIndirect(target: Val, kind: 'jump' | 'call' | 'return'): void;
  callRelative(operand: number): void;
  /** Raises an exception if the condition holds; nothing may have been written. Without `code` it has no error code. */
  raiseIf(condition: Val, vector: Operand, code?: number): void;
  /** Gives this instruction to the complete interpreter if the condition holds; nothing may have been written. */
  slowIf(condition: Val): void;
  /** What the cycle counter shows now, to this instruction where time counts instructions; kept. */
  timestamp(): { readonly low: Val; readonly high: Val };
  /** The instruction is done, and may have changed the mode: a region leaves then. */
  modeMayHaveChanged(): void;
  /** Non-zero when no fuel is left for the instruction after this one. */
  fuelEnds(): Val;
  /** The address-size counter (CX or ECX). */
  counter(): Val;
  setCounter(value: Val): void;
  /** The whole instruction is a function of the runtime. */
  host(): void;
  /** A helper function of the core module by name. */
  helper(name: string): Callee;
}
