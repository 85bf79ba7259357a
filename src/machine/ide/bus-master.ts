/** Bus-master DMA of one channel (Programming Interface for Bus Master IDE Controller, revision 1.0). */
import type { PhysicalMemory } from '../../../runtime/board.ts';
import type { IdeChannel } from './channel.ts';
import type { AtaDrive } from './drive.ts';

/** Ports of a channel. */
export const BUS_MASTER_PORTS = 8;
const Offset = { COMMAND: 0, STATUS: 2, TABLE: 4 };
const COMMAND = { START: 0x01, TO_MEMORY: 0x08 };
const STATUS = { ACTIVE: 0x01, ERROR: 0x02, INTERRUPT: 0x04, DRIVES_CAPABLE: 0x60 };
const DESCRIPTOR = { SIZE: 8, LAST: 0x8000_0000, MOST_BYTES: 0x1_0000 };
/** The table does not cross a boundary of so many bytes. */
const TABLE_WINDOW = 0x1_0000;

/** A piece of memory still to be filled or emptied. */
interface Region {
  address: number;
  left: number;
  last: boolean;
}

export class BusMaster {
  private readonly channel: IdeChannel;
  private readonly memory: PhysicalMemory;
  private readonly enabled: () => boolean;
  private readonly registers = new Uint8Array(BUS_MASTER_PORTS);
  private readonly view = new DataView(this.registers.buffer);
  /** Physical address of the next descriptor, and how many have been read. */
  private descriptor = 0;
  private descriptors = 0;
  private region: Region | undefined;

  /** `enabled` says whether the PCI function may master the bus. */
  constructor(channel: IdeChannel, memory: PhysicalMemory, enabled: () => boolean) {
    this.channel = channel;
    this.memory = memory;
    this.enabled = enabled;
    channel.onDmaRequest = () => this.run();
    channel.onInterrupt = () => {
      this.registers[Offset.STATUS] |= STATUS.INTERRUPT;
    };
  }

  /** `offset` is within the channel's eight ports. */
  read(offset: number): number {
    return this.registers[offset];
  }

  write(offset: number, value: number): void {
    if (offset === Offset.COMMAND) this.command(value);
    else if (offset === Offset.STATUS) this.writeStatus(value);
    else if (offset === Offset.TABLE) this.registers[offset] = value & 0xfc;
    else if (offset > Offset.TABLE) this.registers[offset] = value;
  }

  /** Error and interrupt are cleared by ones; what the drives can do is firmware's note to drivers. */
  private writeStatus(value: number): void {
    const cleared = value & (STATUS.ERROR | STATUS.INTERRUPT);
    const kept = this.registers[Offset.STATUS] & ~cleared & ~STATUS.DRIVES_CAPABLE;
    this.registers[Offset.STATUS] = kept | (value & STATUS.DRIVES_CAPABLE);
  }

  private command(value: number): void {
    const started = this.registers[Offset.COMMAND] & COMMAND.START;
    this.registers[Offset.COMMAND] = value & (COMMAND.START | COMMAND.TO_MEMORY);
    if (!(value & COMMAND.START)) this.setActive(false);
    else if (!started) {
      this.descriptor = this.view.getUint32(Offset.TABLE, true);
      this.descriptors = 0;
      this.region = undefined;
      this.setActive(true);
      this.run();
    }
  }

  private setActive(active: boolean): void {
    this.registers[Offset.STATUS] &= ~STATUS.ACTIVE;
    if (active) this.registers[Offset.STATUS] |= STATUS.ACTIVE;
  }

  /** Moves data as long as the engine runs and the drive has some; both may come first. */
  private run(): void {
    const direction = this.registers[Offset.COMMAND] & COMMAND.TO_MEMORY ? 'read' : 'write';
    const drive = this.channel.selected;
    if (!drive || !this.enabled()) return;
    try {
      while (drive.dmaRequest === direction && this.registers[Offset.STATUS] & STATUS.ACTIVE) this.move(drive);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // Nothing answered on the bus; the drive is left waiting.
      this.registers[Offset.STATUS] |= STATUS.ERROR;
      this.setActive(false);
    }
  }

  /** As much as the descriptor and the drive's block allow. Throws RangeError outside RAM. */
  private move(drive: AtaDrive): void {
    this.region ??= this.nextRegion();
    const { region, memory } = this;
    const { window } = drive;
    const length = Math.min(region.left, window.length);
    if (drive.dmaRequest === 'read') memory.write(region.address, window.subarray(0, length));
    else window.set(memory.view(region.address, length));
    region.address += length;
    region.left -= length;
    if (region.left === 0) {
      this.region = undefined;
      if (region.last) this.setActive(false);
    }
    drive.advance(length);
  }

  private nextRegion(): Region {
    if (++this.descriptors > TABLE_WINDOW / DESCRIPTOR.SIZE) throw new RangeError('endless table of regions');
    const bytes = this.memory.view(this.descriptor, DESCRIPTOR.SIZE);
    const view = new DataView(bytes.buffer, bytes.byteOffset, DESCRIPTOR.SIZE);
    this.descriptor += DESCRIPTOR.SIZE;
    const control = view.getUint32(4, true);
    return {
      address: (view.getUint32(0, true) & ~1) >>> 0,
      left: control & (DESCRIPTOR.MOST_BYTES - 2) || DESCRIPTOR.MOST_BYTES,
      last: (control & DESCRIPTOR.LAST) !== 0,
    };
  }
}
