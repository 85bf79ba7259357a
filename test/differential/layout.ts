/** The little address space that generated code sees, the same in every engine and in a process of the host. */

/** One page of code, read only. Linear address. */
export const CODE = 0x1000_0000;
export const CODE_SIZE = 0x1000;
/** Two pages to read and write and one to read, with nothing mapped before and after. Linear address. */
export const DATA = 0x2000_0000;
export const WRITABLE_SIZE = 0x2000;
export const DATA_SIZE = 0x3000;
/** Where ESP begins, give or take. */
export const STACK = DATA + 0x1800;

/** What ends every sequence: at CPL 3 an exception. */
export const HLT = 0xf4;
export const STACK_FAULT = 12;
export const GENERAL_PROTECTION = 13;
export const PAGE_FAULT = 14;
export const ALIGNMENT_CHECK = 17;

/** Word of the data that counts down the rounds of a sequence that is repeated. Linear address. */
export const COUNTER = DATA + 0x1f00;

/** What a sequence starts from. */
export interface Start {
  /** In the order of their encoding. */
  readonly registers: readonly number[];
  readonly eflags: number;
  /** x87 and SSE state as FXSAVE stores it, without addresses of the last instruction. */
  readonly fpu: Uint8Array;
  /** Content of DATA. */
  readonly data: Uint8Array;
  /** Content of CODE, HLT after the last instruction. */
  readonly code: Uint8Array;
}

/** The state in which an exception found it. All numbers unsigned. */
export interface Outcome {
  readonly vector: number;
  /** 0 for vectors without one. */
  readonly code: number;
  /** 0 unless it was a page fault. */
  readonly cr2: number;
  readonly eip: number;
  readonly eflags: number;
  readonly registers: readonly number[];
  /** As in Start. */
  readonly fpu: Uint8Array;
  /** The writable part of DATA. */
  readonly data: Uint8Array;
}
