/** Stand-ins for what surrounds a device: time that the test moves, memory, a CPU's pins. */
import type { CpuPins, PhysicalMemory } from '../../runtime/board.ts';
import { MachineClock } from '../../src/machine/clock.ts';

export const MICROSECOND = 1000;
export const MILLISECOND = 1_000_000;
export const SECOND = 1_000_000_000;

export class FakeClock extends MachineClock {
  private time = 0;

  now(): number {
    return this.time;
  }

  /** Moves time on, stopping at every deadline on the way. */
  advance(nanoseconds: number): void {
    const end = this.time + Math.round(nanoseconds);
    while (this.nextDeadline() <= end) {
      this.time = Math.max(this.time, Math.ceil(this.nextDeadline()));
      this.runDue();
    }
    this.time = end;
  }

  /** Moves time on while nothing that is due gets its turn, as in the middle of a slice of the CPU's. */
  skip(nanoseconds: number): void {
    this.time += nanoseconds;
  }

  /** Moves time on at once, as when the host was busy elsewhere; then runs what is due. */
  jump(nanoseconds: number): void {
    this.skip(nanoseconds);
    this.runDue();
  }
}

export class FakeMemory implements PhysicalMemory {
  readonly bytes: Uint8Array;
  readonly data: DataView;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.data = new DataView(this.bytes.buffer);
  }

  get size(): number {
    return this.bytes.length;
  }

  view(address: number, length: number): Uint8Array {
    this.check(address, length);
    return this.bytes.subarray(address, address + length);
  }

  install(address: number, bytes: Uint8Array): void {
    this.write(address, bytes);
  }

  write(address: number, bytes: Uint8Array): void {
    this.check(address, bytes.length);
    this.bytes.set(bytes, address);
  }

  private check(address: number, length: number): void {
    if (address < 0 || address + length > this.size) throw new RangeError('not RAM');
  }
}

export class FakePins implements CpuPins {
  interruptRequest = false;
  nonMaskable = 0;
  resets = 0;
  address20 = false;
  numericErrorsIgnored = false;

  setInterruptRequest(asserted: boolean): void {
    this.interruptRequest = asserted;
  }

  raiseNonMaskable(): void {
    this.nonMaskable++;
  }

  reset(): void {
    this.resets++;
  }

  setAddress20(enabled: boolean): void {
    this.address20 = enabled;
  }

  setIgnoreNumericErrors(asserted: boolean): void {
    this.numericErrorsIgnored = asserted;
  }
}

/** A line that counts its rising edges. */
export function probe() {
  const state = { level: false, edges: 0 };
  const line = (level: boolean) => {
    if (level && !state.level) state.edges++;
    state.level = level;
  };
  return { state, line };
}
