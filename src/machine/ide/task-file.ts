/** The parameter registers of one device, and the sector address and count they hold. */
import { DEVICE, Register } from './registers.ts';

/** Cylinders, heads and sectors a track that CHS addresses count in. */
export interface Geometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectors: number;
}

/** Written once they hold the low byte, written twice the high one: 48-bit commands use both (ATA/ATAPI-6, 6.20). */
export class TaskFile {
  private readonly current = new Uint8Array(Register.COMMAND);
  private readonly previous = new Uint8Array(Register.COMMAND);

  write(register: number, value: number): void {
    this.previous[register] = this.current[register];
    this.current[register] = value;
  }

  /** `highOrder` asks for what was there before the last write. */
  read(register: number, highOrder: boolean): number {
    return (highOrder ? this.previous : this.current)[register];
  }

  get features(): number {
    return this.current[Register.FEATURES];
  }

  get sectorCount(): number {
    return this.current[Register.SECTOR_COUNT];
  }

  set sectorCount(value: number) {
    this.current[Register.SECTOR_COUNT] = value;
  }

  get device(): number {
    return this.current[Register.DEVICE];
  }

  /** How an ATA device without packet commands presents itself after a reset. */
  setSignature(): void {
    this.current.fill(0);
    this.previous.fill(0);
    this.current[Register.SECTOR_COUNT] = 1;
    this.current[Register.LBA_LOW] = 1;
  }

  /** Sectors asked for; 0 in the registers means the most that fits. */
  count(extended: boolean): number {
    const low = this.current[Register.SECTOR_COUNT];
    if (!extended) return low || 0x100;
    return low | (this.previous[Register.SECTOR_COUNT] << 8) || 0x1_0000;
  }

  /** The sector addressed, counted from 0; NaN for a CHS address outside `geometry`. */
  sector(extended: boolean, geometry: Geometry): number {
    const low24 = this.address(this.current);
    if (extended) return this.address(this.previous) * 2 ** 24 + low24;
    const head = this.device & DEVICE.HEAD;
    if (this.device & DEVICE.LBA) return (head << 24) | low24;
    const [sector, cylinder] = [low24 & 0xff, low24 >> 8];
    const exists = sector >= 1 && sector <= geometry.sectors && head < geometry.heads;
    return exists ? (cylinder * geometry.heads + head) * geometry.sectors + sector - 1 : Number.NaN;
  }

  /** Leaves the address of a sector, in the form in which the command gave its own. */
  setSector(sector: number, extended: boolean, geometry: Geometry): void {
    if (extended) {
      this.setAddress(this.previous, Math.floor(sector / 2 ** 24));
      this.setAddress(this.current, sector % 2 ** 24);
    } else if (this.device & DEVICE.LBA) {
      this.setAddress(this.current, sector & 0xff_ffff);
      this.setHead(sector >>> 24);
    } else {
      const track = Math.floor(sector / geometry.sectors);
      const cylinder = Math.floor(track / geometry.heads) & 0xffff;
      this.setAddress(this.current, (cylinder << 8) | ((sector % geometry.sectors) + 1));
      this.setHead(track % geometry.heads);
    }
  }

  private address(registers: Uint8Array): number {
    return registers[Register.LBA_LOW] | (registers[Register.LBA_MID] << 8) | (registers[Register.LBA_HIGH] << 16);
  }

  private setAddress(registers: Uint8Array, value: number): void {
    registers.set([value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff], Register.LBA_LOW);
  }

  private setHead(head: number): void {
    this.current[Register.DEVICE] = (this.device & ~DEVICE.HEAD) | (head & DEVICE.HEAD);
  }
}
