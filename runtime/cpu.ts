/**
 * What the parts of a CPU know of each other: each takes this context, or the few members it needs. processor.ts
 * puts them together.
 */
import type { Instruction } from '../translator/isa/instruction.ts';
import type { Board } from './board.ts';
import type { CpuModel } from './control/models.ts';
import type { Delivery } from './protection/interrupts.ts';
import type { CpuState } from './state.ts';

/** Access to guest memory by linear address, as the current CPL unless told otherwise; throws GuestFault(#PF). */
export interface LinearMemory {
  read8(linear: number): number;
  read16(linear: number): number;
  /** Signed 32-bit result. */
  read32(linear: number): number;
  write8(linear: number, value: number): void;
  write16(linear: number, value: number): void;
  write32(linear: number, value: number): void;
  /** Throws what a write of `bytes` (any length, pages crossed) would throw, and writes nothing. */
  probeWrite(linear: number, bytes: number): void;
  probeRead(linear: number, bytes: number): void;
  /** The same with supervisor rights, whatever CPL is: descriptor tables, TSS, stacks of inner levels. */
  readonly system: LinearMemory;
}

/** Address translation and the TLB tables that generated code reads. */
export interface Mmu {
  readonly linear: LinearMemory;
  /** CR3 load: forgets all translations but global ones. */
  flush(): void;
  flushAll(): void;
  invalidatePage(linear: number): void;
  /** CR0.PG/WP, CR4.PAE/PSE/PGE, EFER.NXE or A20 changed. */
  modeChanged(): void;
  /** CPL changed between 3 and the rest: points state.tlb* at the tables in force. */
  privilegeChanged(): void;
  /** Host address of an instruction byte; fills the execute entry. Throws #PF. */
  fetch(linear: number): number;
}

export interface Cpu {
  readonly state: CpuState;
  readonly mmu: Mmu;
  readonly board: Board;
  /** What CPUID tells, and what works. */
  readonly model: CpuModel;
  /** Added to the board's cycle counter by RDTSC: what WRMSR has set it to; 0 after reset. */
  timestampOffset: number;
  /** Hears of each exception and interrupt before it is delivered; for traces. */
  onDelivery?: ((event: Delivery) => void) | undefined;
  /** EFLAGS with the arithmetic flags worked out, and back. */
  readEflags(): number;
  /** Sets all of EFLAGS (bits the processor lacks are dropped); recomputes the mode. */
  writeEflags(value: number): void;
  /** Recomputes state.mode after a change of segments, CPL, CR0, CR4, EFLAGS.IOPL/TF/VM or DR7. */
  updateMode(): void;
  /** Loads CPL and points the TLB tables at the right privilege. */
  setCpl(cpl: number): void;
  /** Lets the next NMI through: IRET has begun. */
  unblockNmi(): void;
  /** Sleep until an interrupt: HLT. */
  halt(): void;
  /** Triple fault. */
  shutdown(): void;
  /** INT n, INT1, INT3 or INTO has entered a handler: TF is clear before it could trap. SDM vol. 3, 17.3.1.4. */
  endStep(): void;
}

/**
 * An instruction executed in TypeScript. On entry EIP already points behind the instruction; throwing GuestFault
 * puts it back. Registers must not be changed before the last thing that can fault.
 */
export type HostInstruction = (cpu: Cpu, instruction: Instruction) => void;
