/** What the hypervisor asks of the board around the CPU. */
import type { Clock } from '../machine/clock.ts';

export interface HypervisorBoard {
  /** Guest time, which RDTSC shows too: nanoseconds, so cycles have that length. */
  readonly clock: Clock;
  /** The date when guest time was 0, in ns since 1970, UTC. */
  readonly epoch: bigint;
  portRead(port: number, size: 1 | 2 | 4): number;
  portWrite(port: number, size: 1 | 2 | 4, value: number): void;
  /** Registers of the local APIC by their offset in its page. */
  apicRead(offset: number): number;
  apicWrite(offset: number, value: number): void;
  /** One rising edge on the timer's interrupt line (IRQ 0). */
  timerEdge(): void;
  /** The interrupt of the local APIC's timer entry (LVTT), unless that is masked. */
  apicTimer(): void;
  /** RESET of the whole machine. */
  reset(): void;
}
