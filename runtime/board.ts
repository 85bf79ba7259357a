/**
 * What a CPU asks of the board it is soldered to. The runtime knows devices only through this interface;
 * all addresses are guest-physical, all values unsigned 32-bit.
 */
export type AccessSize = 1 | 2 | 4;

export interface Board {
  portRead(port: number, size: AccessSize): number;
  portWrite(port: number, size: AccessSize, value: number): void;
  /** A read outside RAM. Unclaimed addresses read as all ones. */
  mmioRead(address: number, size: AccessSize): number;
  /** A write outside RAM (or into ROM). Unclaimed addresses swallow it. */
  mmioWrite(address: number, size: AccessSize, value: number): void;
  /** INTA: the vector of the most urgent pending interrupt, now in service; -1 if the request has gone away. */
  acknowledgeInterrupt(): number;
  /**
   * FERR#, with CR0.NE clear: asserted by an instruction that waits for an x87 exception to be handled; deasserted, as
   * far as anybody can tell, once nothing is pending while IGNNE# is asserted. SDM vol. 1, appendix D.
   */
  floatingPointError?(asserted: boolean): void;
  /** The cycle counter that RDTSC reads, as an integer below 2^53. */
  timestamp(): number;
  /** The low word of the MSR IA32_APIC_BASE: the local APIC is on the board. Reserved bits are ignored. */
  apicBase: number;
}

/** What the board may do to the CPU: its pins, and the memory both share. */
export interface CpuPins {
  /** INTR, level: true while some controller has an interrupt for the CPU. */
  setInterruptRequest(asserted: boolean): void;
  /** NMI, edge. */
  raiseNonMaskable(): void;
  /** RESET or INIT: registers as after power on, memory kept. */
  reset(): void;
  /** IGNNE#, level: with CR0.NE clear waiting x87 instructions are executed although an exception is pending. */
  setIgnoreNumericErrors(asserted: boolean): void;
  /** A20M#: while masked, physical address bit 20 reads as 0. */
  setAddress20(enabled: boolean): void;
}

/**
 * Guest RAM as devices see it (DMA): every access is checked against the size of RAM and a write
 * drops translated code on the pages it touches.
 */
export interface PhysicalMemory {
  /** Size of RAM in bytes; physical addresses 0 … size-1. */
  readonly size: number;
  /** A view of RAM for reading. Throws RangeError when the range is not wholly RAM. */
  view(address: number, length: number): Uint8Array;
  /** Copies bytes into RAM. Throws RangeError when the range is not wholly RAM. */
  write(address: number, bytes: Uint8Array): void;
  /** Puts a ROM's content in place; the guest cannot write there. Throws RangeError outside RAM and ROM. */
  install(address: number, bytes: Uint8Array): void;
}
