/** An ATA disk on an image (ATA/ATAPI-6): its registers, and the data blocks that host and device hand each other. */
import { type BlockMedium, hostSucceeds, SECTOR_SIZE } from '../disk-image.ts';
import { COMMANDS } from './commands.ts';
import { identify, MOST_MULTIPLE } from './identify.ts';
import { DIAGNOSTIC_PASSED, ERROR, Register, STATUS } from './registers.ts';
import { type Geometry, TaskFile } from './task-file.ts';

/** Sectors of a DMA transfer that are between image and memory at a time. */
const DMA_BLOCK = 128;
const MOST_CYLINDERS = 16_383;
const NO_DATA = new Uint8Array(0);

/** What a command that moves sectors asks for. */
export interface TransferRequest {
  /** Seen from the host. */
  readonly direction: 'read' | 'write';
  readonly dma: boolean;
  /** 48-bit address and count. */
  readonly extended: boolean;
  /** Sectors between two interrupts; DMA does without them. */
  readonly blockSectors: number;
}

interface Transfer extends TransferRequest {
  /** The first sector of the block, and of what follows it; NaN for an address that does not exist. */
  sector: number;
  /** Sectors not yet moved, the block's among them. */
  left: number;
  /** Bytes of the block; `position` of them are moved. */
  block: Uint8Array;
  position: number;
}

/** What SET FEATURES and its like have chosen. */
export interface DriveSettings {
  geometry: Geometry;
  multiple: number;
  writeCache: boolean;
  lookAhead: boolean;
  dmaMode: number | undefined;
}

export class AtaDrive {
  readonly taskFile = new TaskFile();
  readonly settings: DriveSettings;
  /** The drive has something to say and the host has not looked yet. */
  interruptPending = false;
  /** Called when `interruptPending` changes. */
  onInterrupt: () => void = () => {};
  private readonly medium: BlockMedium;
  private readonly serial: string;
  private readonly geometry: Geometry;
  private readonly buffer = new Uint8Array(DMA_BLOCK * SECTOR_SIZE);
  private transfer: Transfer | undefined;
  private resetting = false;
  private failed = false;
  private error = DIAGNOSTIC_PASSED;

  /** `serial` is what IDENTIFY DEVICE tells; at most 20 ASCII characters. */
  constructor(medium: BlockMedium, serial: string) {
    this.medium = medium;
    this.serial = serial;
    const [heads, sectors] = [16, 63];
    const cylinders = Math.min(MOST_CYLINDERS, Math.max(1, Math.floor(medium.sectors / (heads * sectors))));
    this.geometry = { cylinders, heads, sectors };
    this.settings = {
      geometry: this.geometry,
      multiple: MOST_MULTIPLE,
      writeCache: true,
      lookAhead: true,
      dmaMode: undefined,
    };
    this.taskFile.setSignature();
  }

  get status(): number {
    if (this.resetting) return STATUS.BUSY;
    const transfer = this.transfer ? STATUS.DATA_REQUEST : 0;
    return STATUS.READY | STATUS.SEEK_COMPLETE | transfer | (this.failed ? STATUS.ERROR : 0);
  }

  /** A parameter register, or the error register in the place of the features. */
  read(register: number, highOrder: boolean): number {
    return register === Register.FEATURES ? this.error : this.taskFile.read(register, highOrder);
  }

  /** The host has read the status register. */
  acknowledge(): void {
    this.setInterrupt(false);
  }

  /** Software reset: the device is busy while the host holds it. */
  hold(reset: boolean): void {
    if (!reset && this.resetting) this.diagnose();
    this.resetting = reset;
    if (reset) this.abandon();
  }

  /** As after power on, which is also what EXECUTE DEVICE DIAGNOSTIC leaves behind. */
  diagnose(): void {
    this.abandon();
    this.taskFile.setSignature();
    this.error = DIAGNOSTIC_PASSED;
  }

  execute(opcode: number): void {
    if (this.resetting) return;
    this.abandon();
    this.error = 0;
    const command = COMMANDS.get(opcode);
    if (command) command(this);
    else this.fail(ERROR.ABORTED);
  }

  /** Ends a command well. */
  complete(): void {
    this.transfer = undefined;
    this.setInterrupt(true);
  }

  /** Ends a command with bits of the error register. */
  fail(error: number): void {
    this.failed = true;
    this.error = error;
    this.complete();
  }

  /** Whether `DMARQ` is asserted, and for which direction. */
  get dmaRequest(): TransferRequest['direction'] | undefined {
    return this.transfer?.dma ? this.transfer.direction : undefined;
  }

  /** The direction in which the data register has something to move. */
  get dataRequest(): TransferRequest['direction'] | undefined {
    return this.transfer && !this.transfer.dma ? this.transfer.direction : undefined;
  }

  /** The bytes to be moved next: to read, or to fill. Valid until `advance`. */
  get window(): Uint8Array {
    return this.transfer ? this.transfer.block.subarray(this.transfer.position) : NO_DATA;
  }

  /** So many bytes of `window` have been moved. */
  advance(bytes: number): void {
    const { transfer } = this;
    if (!transfer) return;
    transfer.position += bytes;
    if (transfer.position < transfer.block.length) return;
    if (transfer.direction === 'write' && !this.store(transfer)) return;
    this.finishBlock(transfer);
  }

  /** Moves the sectors that the parameter registers name. */
  startTransfer(request: TransferRequest): void {
    const { taskFile } = this;
    const sector = taskFile.sector(request.extended, this.settings.geometry);
    const transfer = { ...request, sector, left: taskFile.count(request.extended), block: NO_DATA, position: 0 };
    if (!this.prepareBlock(transfer)) return;
    this.transfer = transfer;
    if (request.direction === 'read' && !request.dma) this.setInterrupt(true);
  }

  /** Has the host read what the drive says about itself. */
  sendIdentity(): void {
    const { serial, geometry, settings } = this;
    const { sectors } = this.medium;
    const block = identify({ ...settings, serial, sectors, geometry, currentGeometry: settings.geometry });
    const request = { direction: 'read', dma: false, extended: false, blockSectors: 1 } as const;
    this.transfer = { ...request, sector: Number.NaN, left: 1, block, position: 0 };
    this.setInterrupt(true);
  }

  /** Reads sectors without moving them anywhere. */
  verify(extended: boolean): void {
    const { taskFile } = this;
    const sector = taskFile.sector(extended, this.settings.geometry);
    const request = { direction: 'read', dma: true, extended, blockSectors: DMA_BLOCK } as const;
    const transfer = { ...request, sector, left: taskFile.count(extended), block: NO_DATA, position: 0 };
    while (transfer.left > 0) {
      if (!this.prepareBlock(transfer)) return;
      this.moveOn(transfer);
    }
    this.complete();
  }

  /** All that was written is on the host's disk; ends the command. */
  flush(): void {
    if (hostSucceeds(() => this.medium.flush())) this.complete();
    else this.fail(ERROR.ABORTED);
  }

  /** Gets the next block ready, or ends the command because there is none; says which. */
  private prepareBlock(transfer: Transfer): boolean {
    const { direction, sector } = transfer;
    const wanted = transfer.dma ? DMA_BLOCK : transfer.blockSectors;
    const sectors = Math.min(wanted, transfer.left, this.medium.sectors - sector);
    if (!(sectors > 0)) return this.failAt(transfer, ERROR.ID_NOT_FOUND);
    if (direction === 'write' && this.medium.readOnly) return this.failAt(transfer, ERROR.ABORTED);
    const block = this.buffer.subarray(0, sectors * SECTOR_SIZE);
    if (direction === 'read' && !hostSucceeds(() => this.medium.read(sector * SECTOR_SIZE, block))) {
      return this.failAt(transfer, ERROR.UNCORRECTABLE);
    }
    transfer.block = block;
    transfer.position = 0;
    return true;
  }

  /** Writes a full block to the image; false after a host error, which ends the command. */
  private store(transfer: Transfer): boolean {
    const { block, sector } = transfer;
    return hostSucceeds(() => this.medium.write(sector * SECTOR_SIZE, block)) || this.failAt(transfer, ERROR.ABORTED);
  }

  private finishBlock(transfer: Transfer): void {
    const { direction, dma } = transfer;
    this.moveOn(transfer);
    if (transfer.left > 0) {
      if (this.prepareBlock(transfer) && !dma) this.setInterrupt(true);
    } else if (direction === 'write' && !this.settings.writeCache) this.flush();
    else if (direction === 'write' || dma) this.complete();
    else this.transfer = undefined;
  }

  /** The registers follow: the last sector moved, and how many are left. */
  private moveOn(transfer: Transfer): void {
    const sectors = transfer.block.length / SECTOR_SIZE;
    transfer.sector += sectors;
    transfer.left -= sectors;
    if (Number.isNaN(transfer.sector)) return;
    this.taskFile.sectorCount = transfer.left & 0xff;
    this.taskFile.setSector(transfer.sector - 1, transfer.extended, this.settings.geometry);
  }

  /** Ends a command at the sector that failed; always false. */
  private failAt({ sector, extended }: Transfer, error: number): false {
    if (!Number.isNaN(sector)) this.taskFile.setSector(sector, extended, this.settings.geometry);
    this.fail(error);
    return false;
  }

  private abandon(): void {
    this.transfer = undefined;
    this.failed = false;
    this.setInterrupt(false);
  }

  private setInterrupt(pending: boolean): void {
    this.interruptPending = pending;
    this.onInterrupt();
  }
}
