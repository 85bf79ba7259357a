/** A board with IDE disks in memory, and the accesses a driver makes. */
import { type BlockMedium, DiskImageError, SECTOR_SIZE } from '../../src/machine/disk-image.ts';
import { configSpace, makeBoard, type Rig } from './rig.ts';

export class MemoryDisk implements BlockMedium {
  readonly bytes: Uint8Array;
  readonly sectors: number;
  readOnly = false;
  flushes = 0;
  /** As when the host's disk is broken. */
  broken = false;

  constructor(sectors: number) {
    this.sectors = sectors;
    this.bytes = Uint8Array.from({ length: sectors * SECTOR_SIZE }, (_, i) => (i * 7 + (i >> 9) * 3) & 0xff);
  }

  read(offset: number, target: Uint8Array): void {
    if (this.broken) throw new DiskImageError('broken');
    target.set(this.at(offset, target.length));
  }

  write(offset: number, bytes: Uint8Array): void {
    if (this.broken || this.readOnly) throw new DiskImageError('broken');
    this.at(offset, bytes.length).set(bytes);
  }

  flush(): void {
    if (this.broken) throw new DiskImageError('broken');
    this.flushes++;
  }

  sector(number: number, count = 1): Uint8Array {
    return this.at(number * SECTOR_SIZE, count * SECTOR_SIZE).slice();
  }

  private at(offset: number, length: number): Uint8Array {
    if (offset < 0 || offset + length > this.bytes.length) throw new RangeError('outside the disk');
    return this.bytes.subarray(offset, offset + length);
  }
}

/** Offsets in the command block. */
export const [DATA, FEATURES, COUNT, LBA_LOW, LBA_MID, LBA_HIGH, DEVICE, COMMAND] = [0, 1, 2, 3, 4, 5, 6, 7];
export const [ERROR, STATUS] = [FEATURES, COMMAND];
/** READY and SEEK COMPLETE, with data requested, with an error. */
export const [IDLE, DATA_REQUESTED, FAILED] = [0x50, 0x58, 0x51];
export const [ABORTED, ID_NOT_FOUND, UNCORRECTABLE] = [0x04, 0x10, 0x40];
export const LBA = 0x40;

const SLOT = 1;
const FUNCTION = 1;
const TABLE = 0x1_0000;

export interface Parameters {
  features?: number;
  /** The high byte goes first where it is not 0. */
  count?: number;
  lba?: number;
  device?: number;
  extended?: boolean;
}

export class IdeRig {
  readonly rig: Rig;
  readonly ports: number;
  readonly control: number;
  readonly busMaster: number;
  readonly config: ReturnType<typeof configSpace>;

  constructor(disks: BlockMedium[], channel = 0) {
    this.rig = makeBoard([], disks);
    this.ports = [0x1f0, 0x170][channel];
    this.control = this.ports + 0x206;
    this.config = configSpace(this.rig, SLOT, FUNCTION);
    this.config.write(4, 5, 2);
    this.busMaster = (this.config.read(0x20) & ~3) + 8 * channel;
  }

  in(register: number, size: 1 | 2 | 4 = 1): number {
    return this.rig.board.portRead(this.ports + register, size);
  }

  out(register: number, value: number, size: 1 | 2 | 4 = 1): void {
    this.rig.board.portWrite(this.ports + register, size, value);
  }

  get alternateStatus(): number {
    return this.rig.board.portRead(this.control, 1);
  }

  deviceControl(value: number): void {
    this.rig.board.portWrite(this.control, 1, value);
  }

  /** Whether the channel's interrupt line is high, as the PIC's request register has it. */
  get interrupting(): boolean {
    const { board } = this.rig;
    board.portWrite(0xa0, 1, 0x0a);
    return (board.portRead(0xa0, 1) & (this.ports === 0x1f0 ? 0x40 : 0x80)) !== 0;
  }

  command(opcode: number, parameters: Parameters = {}): number {
    const { features = 0, count = 1, lba = 0, device = LBA, extended = false } = parameters;
    this.out(DEVICE, extended ? device : device | ((lba >>> 24) & 0xf));
    if (extended) this.bytes(features >> 8, count >> 8, Math.floor(lba / 2 ** 24));
    this.bytes(features, count, lba % 2 ** 24);
    this.out(COMMAND, opcode);
    return this.alternateStatus;
  }

  readData(bytes: number): Uint8Array {
    const data = new Uint8Array(bytes);
    for (let i = 0; i < bytes; i += 2)
      data.set(
        [this.in(DATA, 2)].flatMap((word) => [word & 0xff, word >> 8]),
        i,
      );
    return data;
  }

  writeData(data: Uint8Array): void {
    for (let i = 0; i < data.length; i += 2) this.out(DATA, data[i] | (data[i + 1] << 8), 2);
  }

  /** Fills the table of regions, in order; `last` ends it. */
  regions(...regions: { address: number; length: number; last?: boolean }[]): void {
    const { data } = this.rig.memory;
    regions.forEach(({ address, length, last = false }, i) => {
      data.setUint32(TABLE + 8 * i, address, true);
      data.setUint32(TABLE + 8 * i + 4, (length & 0xffff) | (last ? 0x8000_0000 : 0), true);
    });
    this.rig.board.portWrite(this.busMaster + 4, 4, TABLE);
  }

  startDma(direction: 'read' | 'write'): void {
    this.rig.board.portWrite(this.busMaster, 1, direction === 'read' ? 0x09 : 0x01);
  }

  stopDma(): void {
    this.rig.board.portWrite(this.busMaster, 1, 0);
  }

  get dmaStatus(): number {
    return this.rig.board.portRead(this.busMaster + 2, 1);
  }

  set dmaStatus(value: number) {
    this.rig.board.portWrite(this.busMaster + 2, 1, value);
  }

  private bytes(features: number, count: number, lba: number): void {
    this.out(FEATURES, features & 0xff);
    this.out(COUNT, count & 0xff);
    for (let i = 0; i < 3; i++) this.out(LBA_LOW + i, (lba >>> (8 * i)) & 0xff);
  }
}
