/**
 * Writes the `newc` flavour of a cpio archive, the format of Linux's initramfs
 * (Documentation/driver-api/early-userspace/buffer-format.rst).
 */

/**
 * One member of an archive. `path` is relative to the root, `mode` holds permission bits only, `device` is [major,
 * minor].
 */
export type Entry =
  | { kind: 'directory'; path: string; mode: number }
  | { kind: 'file'; path: string; mode: number; data: Uint8Array }
  | { kind: 'link'; path: string; target: string }
  | { kind: 'character'; path: string; mode: number; device: readonly [number, number] };

/** The file type bits of st_mode. */
const TYPE = { directory: 0o040000, file: 0o100000, link: 0o120000, character: 0o020000 } as const;
const MAGIC = '070701';
const TRAILER = 'TRAILER!!!';

const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0').toUpperCase();
const padding = (length: number): Buffer => Buffer.alloc(-length & 3);

function content(entry: Entry): Uint8Array {
  if (entry.kind === 'file') return entry.data;
  if (entry.kind === 'link') return Buffer.from(entry.target);
  return Buffer.alloc(0);
}

/** Header, name and data of a member, each part padded to four bytes. */
function member(
  inode: number,
  mode: number,
  path: string,
  data: Uint8Array,
  [major, minor]: readonly [number, number],
) {
  const name = Buffer.from(path + '\0');
  // inode, mode, uid, gid, nlink, mtime, size, device of the file (major, minor), device it is (major, minor), name
  // size, checksum
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, major, minor, name.length, 0];
  const head = Buffer.concat([Buffer.from(MAGIC + fields.map(hex).join('')), name]);
  return [head, padding(head.length), data, padding(data.length)];
}

/**
 * The archive of `entries`, in their order; a directory has to come before what it holds. Owner is root, times are 0:
 * equal input gives equal bytes.
 */
export function cpio(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap((entry, index) => {
    const mode = TYPE[entry.kind] | (entry.kind === 'link' ? 0o777 : entry.mode);
    return member(index + 1, mode, entry.path, content(entry), entry.kind === 'character' ? entry.device : [0, 0]);
  });
  return Buffer.concat([...parts, ...member(0, 0, TRAILER, Buffer.alloc(0), [0, 0])]);
}
