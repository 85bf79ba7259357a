import type { Board } from '../runtime/board.ts';
import type { CpuName } from '../runtime/control/models.ts';

/**
 * How guest code is executed. Every engine gives the same guest-visible result.
 * - `interpreter`: nothing is translated.
 * - `translator`: everything that can be is translated at its first execution.
 * - `single`: the same with regions of one instruction.
 * - `wide`: the same with regions as large as those that a guest spends its time in, calls being part of them.
 * - `patient`: as `translator`, but memory that the TLB does not lead to does not end a region.
 */
export type CpuEngine = 'interpreter' | 'translator' | 'single' | 'wide' | 'patient';

/** What a bare CPU is made of. */
export interface CpuOptions {
  /** Default 'translator'. */
  readonly engine?: CpuEngine;
  /** Guest RAM in bytes, whole 4 KB pages from physical address 0. Default 16 MiB. */
  readonly memory?: number;
  /**
   * Whether translated code keeps even those flags right at an exception that will be overwritten, unread, when
   * the guest goes on. Default true; machines do without.
   */
  readonly preciseFlags?: boolean;
  /** What CPUID tells and which instructions there are. Default 'pentium4'. */
  readonly cpu?: CpuName;
  /** What lies around the CPU; without it ports and addresses beyond RAM read as all ones, and no interrupts come. */
  readonly board?: Partial<Board>;
}

/** The registers a program can name; all values unsigned 32-bit. */
export interface CpuRegisters {
  eax: number;
  ecx: number;
  edx: number;
  ebx: number;
  esp: number;
  ebp: number;
  esi: number;
  edi: number;
  /** An offset in the code segment. */
  eip: number;
  /** Bits that the CPU lacks are dropped when written. */
  eflags: number;
  /** Writing a control register changes modes and address translation at once, without the checks of MOV CR. */
  cr0: number;
  cr2: number;
  cr3: number;
  cr4: number;
}

/** The segment registers a program can load. */
export type SegmentName = 'es' | 'cs' | 'ss' | 'ds' | 'fs' | 'gs';

/** A segment register with the part of it that the CPU hides. SDM vol. 3, 3.4.3. */
export interface SegmentRegister {
  readonly selector: number;
  /** Linear address. */
  readonly base: number;
  /** Last valid offset in bytes. */
  readonly limit: number;
  /** Bits 8-23 of the descriptor's high word, shifted down: type, S, DPL, P in the low byte, G, D/B, AVL in bits 12-15. */
  readonly access: number;
}

/** Why the CPU stopped. */
export type StopReason =
  /** As many instructions as asked for have been executed. */
  | 'count'
  /** The address was reached; its instruction has not been executed. */
  | 'address'
  /** HLT; only an interrupt goes on. */
  | 'halt'
  /** An exception, not delivered: EIP is where it leaves EIP, `BareCpu.fault` says which. */
  | 'fault'
  /** Triple fault; only reset() goes on. */
  | 'shutdown';

/** What ends a run besides HLT and a triple fault. */
export interface RunLimits {
  /** Instructions to execute at most. Without it the run goes on until something else ends it. */
  readonly instructions?: number;
  /**
   * Stop before the instruction at this linear address. HLT stands there in memory while the CPU runs, so the
   * address must be mapped to RAM and be an instruction's first byte.
   */
  readonly address?: number;
  /** Stop at an exception instead of delivering it. Default false. */
  readonly fault?: boolean;
}

/** An exception, as its handler would have found it. SDM vol. 3, table 6-1. */
export interface Fault {
  readonly vector: number;
  /** The error code; undefined for vectors without an error code. */
  readonly code: number | undefined;
}

/** One CPU with RAM and nothing else, for tests; after creation in the state that follows RESET. */
export interface BareCpu {
  /** Guest RAM, physical address 0 first. Code that may have run already is changed through load(). */
  readonly memory: Uint8Array;
  readonly registers: CpuRegisters;
  /** The exception that ended the last run. */
  readonly fault: Fault | undefined;
  /**
   * Copies bytes to a physical address and drops what has been translated from there.
   * @throws RangeError when they are not wholly in RAM
   */
  load(address: number, bytes: Uint8Array): void;
  /** What a segment register holds now. */
  segment(name: SegmentName): SegmentRegister;
  /** Sets a segment register as it is, with no descriptor read and nothing checked. */
  setSegment(name: SegmentName, value: SegmentRegister): void;
  /** Protected mode at a privilege level (0 or 3), all segments flat and 32-bit, paging off, no I/O permission map. */
  enterFlatMode(privilege: 0 | 3): void;
  /** RESET: registers as after power on, real mode; memory stays. */
  reset(): void;
  /** Executes one instruction. An exception is delivered, and its handler's first instruction executed instead. */
  step(): StopReason;
  /**
   * Runs until a limit, HLT or a triple fault.
   * @throws RangeError when `limits.address` is not mapped
   */
  run(limits?: RunLimits): StopReason;
  /** Instructions executed since creation, by run() and step(). */
  readonly instructions: number;
  /** Lets go of the threads of the translator. */
  close(): Promise<void>;
}
