/**
 * The files of an initramfs: cpio archives of the format "newc" one after the other, each by itself compressed or not.
 * Source: Documentation/driver-api/early-userspace/buffer-format.rst of Linux.
 */
import { gunzipSync, zstdDecompressSync } from 'node:zlib';

export interface ArchivedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const MAGIC = ['070701', '070702'];
const HEADER = 110;
const FIELD = { mode: 1, fileSize: 6, nameSize: 11 } as const;
const KIND_MASK = 0o170000;
const REGULAR = 0o100000;
const TRAILER = 'TRAILER!!!';

/** What unpacks the rest of an initramfs, by the bytes it begins with. */
const DECOMPRESSORS: readonly { magic: readonly number[]; unpack: (bytes: Uint8Array) => Uint8Array }[] = [
  { magic: [0x1f, 0x8b], unpack: gunzipSync },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], unpack: zstdDecompressSync },
];

const align4 = (at: number): number => (at + 3) & ~3;

/** The regular files, as far as the archive can be read: what is damaged or packed in another way ends the list. */
export function* initramfsFiles(bytes: Uint8Array): Generator<ArchivedFile> {
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] === 0) {
      at++;
      continue;
    }
    const rest = bytes.subarray(at);
    if (isArchive(rest)) {
      const size = yield* archiveFiles(rest);
      if (size === 0) return;
      at += size;
      continue;
    }
    const format = DECOMPRESSORS.find(({ magic }) => magic.every((byte, n) => rest[n] === byte));
    const unpacked = format && attempt(() => format.unpack(rest));
    if (unpacked) yield* initramfsFiles(unpacked);
    return;
  }
}

/** The files of archives that lie somewhere in an ELF kernel. */
export function* embeddedFiles(kernel: Uint8Array): Generator<ArchivedFile> {
  const image = Buffer.from(kernel.buffer, kernel.byteOffset, kernel.length);
  for (let at = 0; (at = image.indexOf(MAGIC[0]!, at, 'latin1')) >= 0; ) {
    const size = yield* archiveFiles(kernel.subarray(at));
    at += Math.max(1, size);
  }
}

const isArchive = (bytes: Uint8Array): boolean => MAGIC.includes(text(bytes, 0, 6));
const text = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.subarray(from, to)).toString('latin1');

/** @returns bytes that the archive takes, as far as it is whole */
function* archiveFiles(bytes: Uint8Array): Generator<ArchivedFile, number> {
  let at = 0;
  while (isArchive(bytes.subarray(at))) {
    const field = (n: number): number => Number.parseInt(text(bytes, at + 6 + n * 8, at + 14 + n * 8), 16);
    const nameEnd = at + HEADER + field(FIELD.nameSize);
    const path = text(bytes, at + HEADER, nameEnd - 1);
    const start = align4(nameEnd);
    const end = start + field(FIELD.fileSize);
    // What is no number compares as false.
    if (!(nameEnd >= at + HEADER && end >= start && end <= bytes.length)) return at;
    if ((field(FIELD.mode) & KIND_MASK) === REGULAR && end > start) yield { path, bytes: bytes.subarray(start, end) };
    at = align4(end);
    if (path === TRAILER) return at;
  }
  return at;
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
