import { readFileSync, statSync } from 'node:fs';
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

/**
 * The whole content of a regular file.
 * @param limit the most bytes that make sense
 * @throws UserError when it is missing, unreadable, empty, too large or not a file
 */
export function readInput(path: string, limit: number): Uint8Array {
  const status = attempt(path, () => statSync(path));
  if (status.isDirectory()) throw new UserError(`${path}: is a directory`);
  if (!status.isFile()) throw new UserError(`${path}: not a regular file`);
  if (status.size === 0) throw new UserError(`${path}: the file is empty`);
  if (status.size > limit) throw new UserError(`${path}: too large: ${status.size} bytes do not fit into guest memory`);
  return attempt(path, () => readFileSync(path));
}

/**
 * Does something with a file.
 * @throws UserError, one line with the file's name, for what the file system reports
 */
export function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UserError(`${path}: ${REASONS[code] ?? `cannot be used (${code})`}`);
  }
}
