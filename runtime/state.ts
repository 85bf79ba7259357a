/**
 * The registers of one CPU as the runtime sees them: typed views on the shared memory whose layout
 * translator/layout.ts defines. No copies: generated code and the runtime read and write the same words.
 */
import {
  FUNCTION_TABLES,
  RAM,
  SEG_ACCESS,
  SEG_BASE,
  SEG_LIMIT,
  SEG_SELECTOR,
  STATE,
  segment,
} from '../translator/layout.ts';
import { VECTOR } from '../translator/vectors.ts';
import { FUNCTION_TABLE_WORDS } from '../translator/x87/function-tables.ts';

export class CpuState {
  readonly buffer: ArrayBuffer;
  /** Indexed by host offset / 4. */
  readonly i32: Int32Array;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u64: BigUint64Array;
  /** Bytes of guest RAM; physical addresses 0 … ramSize-1 lie at host offset RAM. */
  readonly ramSize: number;
  readonly ram: Uint8Array;

  constructor(memory: WebAssembly.Memory, ramSize: number) {
    this.buffer = memory.buffer as ArrayBuffer;
    this.i32 = new Int32Array(this.buffer);
    this.u8 = new Uint8Array(this.buffer);
    this.u16 = new Uint16Array(this.buffer);
    this.u64 = new BigUint64Array(this.buffer);
    this.ramSize = ramSize;
    this.ram = new Uint8Array(this.buffer, RAM, ramSize);
    this.u64.set(FUNCTION_TABLE_WORDS, FUNCTION_TABLES / 8);
  }

  /** A state word by its offset in STATE, signed. */
  get(offset: number): number {
    return this.i32[offset >> 2]!;
  }
  set(offset: number, value: number): void {
    this.i32[offset >> 2] = value;
  }

  /** General register by encoding, as a signed 32-bit number. */
  gpr(index: number): number {
    return this.i32[(STATE.gpr >> 2) + index]!;
  }
  setGpr(index: number, value: number): void {
    this.i32[(STATE.gpr >> 2) + index] = value;
  }

  selector(seg: number): number {
    return this.get(segment(seg) + SEG_SELECTOR);
  }
  segBase(seg: number): number {
    return this.get(segment(seg) + SEG_BASE);
  }
  /** Last valid offset in bytes (for expand-down segments: the last invalid one), unsigned. */
  segLimit(seg: number): number {
    return this.get(segment(seg) + SEG_LIMIT) >>> 0;
  }
  segAccess(seg: number): number {
    return this.get(segment(seg) + SEG_ACCESS);
  }
  setSegment(seg: number, selector: number, base: number, limit: number, access: number): void {
    const at = segment(seg);
    this.set(at + SEG_SELECTOR, selector);
    this.set(at + SEG_BASE, base);
    this.set(at + SEG_LIMIT, limit);
    this.set(at + SEG_ACCESS, access);
  }
}

export { VECTOR };

/**
 * A guest exception on its way: thrown by runtime functions, caught where an instruction is started, delivered
 * with EIP of that instruction. `code` is the error code, or undefined for vectors without one.
 */
export class GuestFault {
  readonly vector: number;
  readonly code: number | undefined;
  constructor(vector: number, code?: number) {
    this.vector = vector;
    this.code = code;
  }
}

/** Throws #GP(code). */
export const generalProtection = (code = 0): never => {
  throw new GuestFault(VECTOR.GP, code);
};
