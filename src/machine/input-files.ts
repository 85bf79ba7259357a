import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { UserError } from '../errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'is a directory',
  EROFS: 'on a read-only file system',
  ENOSPC: 'no space left on the disk',
  ETXTBSY: 'the file is in use',
};

function fileError(path: string, error: unknown): UserError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return new UserError(`${path}: ${REASONS[code] ?? `cannot be used (${code})`}`);
}

/**
 * The whole content of a regular file.
 * @param limit the most bytes that make sense
 * @throws UserError when it is missing, unreadable, empty, too large or not a file
 */
export function readInput(path: string, limit: number): Uint8Array {
  const size = attempt(path, () => regularSize(path, statSync(path)));
  if (size === 0) throw new UserError(`${path}: the file is empty`);
  if (size > limit) throw new UserError(`${path}: too large: ${size} bytes do not fit into guest memory`);
  return attempt(path, () => readFileSync(path));
}

/**
 * Checks that a disk image can be opened as asked.
 * @throws UserError when it cannot, or is no file of whole 512-byte sectors
 */
export function checkDisk(path: string, readonly: boolean): void {
  const file = attempt(path, () => openSync(path, readonly ? 'r' : 'r+'));
  try {
    const stats = fstatSync(file);
    if (stats.isBlockDevice()) return;
    const size = regularSize(path, stats);
    if (size === 0) throw new UserError(`${path}: the disk image is empty`);
    if (size % 512 !== 0)
      throw new UserError(`${path}: not a raw disk image: ${size} bytes are not whole sectors of 512`);
  } finally {
    closeSync(file);
  }
}

function regularSize(path: string, stats: { isFile(): boolean; isDirectory(): boolean; size: number }): number {
  if (stats.isDirectory()) throw new UserError(`${path}: is a directory`);
  if (!stats.isFile()) throw new UserError(`${path}: not a regular file`);
  return stats.size;
}

/**
 * Does something with a file.
 * @throws UserError, one line with the file's name, for what the file system reports
 */
export function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof UserError ? error : fileError(path, error);
  }
}
