import type { Board } from '../runtime/board.ts';

/** The ways guest code is executed: all by the interpreter, or hot code as WebAssembly. */
export type EngineName = 'interpreter' | 'translator';

export interface CpuOptions {
  /** Default 'translator'. */
  readonly engine?: EngineName;
  /** Guest RAM in bytes, whole 4 KB pages from physical address 0. Default 16 MiB. */
  readonly memory?: number;
  /** Executions of a region's entry before it is translated; 0 translates everything at once. */
  readonly threshold?: number;
  /** Guest instructions a translated region may hold at most. */
  readonly regionLimit?: number;
  /** What lies around the CPU; without it ports and addresses beyond RAM read as all ones, and no interrupts come. */
  readonly board?: Partial<Board>;
}

/** The registers a program can name, and the parts of them the CPU hides, by the names of the manual. */
export interface CpuRegisters {
  eax: number;
  ecx: number;
  edx: number;
  ebx: number;
  esp: number;
  ebp: number;
  esi: number;
  edi: number;
  eip: number;
  /** Writing recomputes whatever depends on it; bits that the CPU lacks are dropped. */
  eflags: number;
  cr0: number;
  cr2: number;
  cr3: number;
  cr4: number;
}

/** Why the CPU stopped. */
export type StopReason =
  /** The address was reached; its instruction has not been executed. */
  | 'address'
  /** As many instructions as asked for have been executed. */
  | 'count'
  /** HLT; only an interrupt goes on. */
  | 'halt'
  /** Triple fault; only a reset goes on. */
  | 'shutdown';

export interface RunLimits {
  /** Stop before the instruction at this linear address. */
  readonly address?: number;
  /** Stop after this many instructions. */
  readonly instructions?: number;
}

/** One CPU with RAM and nothing else, for tests; after creation in the state that follows RESET. */
export interface BareCpu {
  /** Guest RAM, physical address 0 first. After writing code that has run already call codeChanged(). */
  readonly memory: Uint8Array;
  /** Live, unsigned 32-bit values. */
  readonly registers: CpuRegisters;
  /** Executes one instruction, or delivers one exception. */
  step(): StopReason;
  /** Runs until a limit, HLT or a triple fault. */
  runUntil(limits: RunLimits): StopReason;
  /** Drops what has been translated from a range of physical addresses (bytes). */
  codeChanged(address: number, length: number): void;
}
