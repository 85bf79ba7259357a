/** A raw disk image in a host file. */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { attempt } from './input-files.ts';

export const SECTOR_SIZE = 512;

/** The file is no disk image, or cannot do what the guest asks: one line that names it. */
export class DiskImageError extends UserError {}

/** What a disk controller needs of its medium; addresses and lengths in bytes. */
export interface BlockMedium {
  /** Size in sectors of 512 bytes. */
  readonly sectors: number;
  readonly readOnly: boolean;
  /** Fills `target` from `offset`. Throws on a host error. */
  read(offset: number, target: Uint8Array): void;
  /** Throws on a host error, or when read-only. */
  write(offset: number, bytes: Uint8Array): void;
  /** Returns when all that was written is on the host's disk. */
  flush(): void;
}

/** Accesses a medium for the guest: false after a host error, which is the disk's error. Other mistakes are thrown. */
export function hostSucceeds(access: () => void): boolean {
  try {
    access();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    if (error instanceof DiskImageError) return false;
    throw error;
  }
}

export class DiskImage implements BlockMedium {
  readonly file: string;
  readonly readOnly: boolean;
  readonly sectors: number;
  private readonly descriptor: number;

  /** @throws UserError when it cannot be opened, or is not a regular file of whole sectors */
  constructor(file: string, { readOnly = false } = {}) {
    this.file = file;
    this.readOnly = readOnly;
    this.descriptor = attempt(file, () => openSync(file, readOnly ? 'r' : 'r+'));
    const { size, problem } = examine(this.descriptor);
    this.sectors = size / SECTOR_SIZE;
    if (!problem) return;
    this.close();
    throw new DiskImageError(`${file}: not a raw disk image: ${problem}`);
  }

  read(offset: number, target: Uint8Array): void {
    for (let done = 0; done < target.length; ) {
      const count = readSync(this.descriptor, target, done, target.length - done, offset + done);
      if (count === 0) throw new DiskImageError(`${this.file}: shorter than it was when opened`);
      done += count;
    }
  }

  write(offset: number, bytes: Uint8Array): void {
    if (this.readOnly) throw new DiskImageError(`${this.file}: opened read-only`);
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.descriptor, bytes, done, bytes.length - done, offset + done);
    }
  }

  flush(): void {
    if (!this.readOnly) fsyncSync(this.descriptor);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** The size of an image in bytes, and what is wrong with it. */
function examine(descriptor: number): { size: number; problem?: string } {
  const status = fstatSync(descriptor);
  const { size } = status;
  if (status.isBlockDevice()) return { size: deviceSize(descriptor) };
  if (status.isDirectory()) return { size, problem: 'a directory' };
  if (!status.isFile()) return { size, problem: 'not a regular file' };
  if (size === 0) return { size, problem: 'empty' };
  if (size % SECTOR_SIZE === 0) return { size };
  return { size, problem: `${size} bytes are not a whole number of ${SECTOR_SIZE}-byte sectors` };
}

/** A block device's status does not tell its size, in bytes; it is found by halving. */
function deviceSize(descriptor: number): number {
  const byte = new Uint8Array(1);
  let [low, high] = [0, 2 ** 34];
  while (low < high) {
    const sector = Math.floor((low + high) / 2);
    if (readSync(descriptor, byte, 0, 1, sector * SECTOR_SIZE) === 1) low = sector + 1;
    else high = sector;
  }
  return low * SECTOR_SIZE;
}
