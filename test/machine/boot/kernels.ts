import { gzipSync } from 'node:zlib';
import { SETUP_FIELDS, type SetupFieldName, SetupHeader } from '../../../src/machine/boot/setup-header.ts';

/** Synthetic kernels: just enough of each format for a loader. */

const HEADER_END = 0x26c;
const SETUP_SECTORS = 4;
const BZIMAGE_CODE_OFFSET = (SETUP_SECTORS + 1) * 512;

/** A bzImage whose protected-mode code is `codeSize` bytes of 0x90, with the given header fields on top of sane ones. */
export function makeBzImage(fields: Partial<Record<SetupFieldName, number>> = {}, codeSize = 4096): Uint8Array {
  const bytes = new Uint8Array(BZIMAGE_CODE_OFFSET + codeSize);
  bytes.fill(0x90, BZIMAGE_CODE_OFFSET);
  new SetupHeader(bytes).set({
    setup_sects: SETUP_SECTORS,
    syssize: codeSize / 16,
    boot_flag: 0xaa55,
    jump_distance: HEADER_END - SETUP_FIELDS.header.offset,
    header: 0x53726448,
    version: 0x20f,
    loadflags: 1,
    code32_start: 0x100000,
    initrd_addr_max: 0x7fffffff,
    cmdline_size: 2047,
    ...fields,
  });
  return bytes;
}

/** A bzImage of the time before xloadflags, whose payload is an ELF file in gzip. */
export function makeOldBzImage(payload: Uint8Array): Uint8Array {
  const packed = gzipSync(payload);
  const image = makeBzImage({ version: 0x208, payload_offset: 64, payload_length: packed.length }, 65536);
  image.set(packed, BZIMAGE_CODE_OFFSET + 64);
  return image;
}

export interface SegmentSpec {
  readonly type?: number;
  readonly virtual: number;
  readonly physical: number;
  readonly bytes: Uint8Array;
  readonly memorySize?: number;
}

export interface ElfSpec {
  readonly class?: 1 | 2;
  readonly type?: number;
  readonly machine?: number;
  readonly entry: number;
  readonly segments: readonly SegmentSpec[];
}

const READ_WRITE_EXECUTE = 7;

/** An ELF executable with the fields in their 32-bit places. */
export function makeElf({ class: elfClass = 1, type = 2, machine = 3, entry, segments }: ElfSpec): Uint8Array {
  const dataStart = 52 + 32 * segments.length;
  const bytes = new Uint8Array(dataStart + segments.reduce((sum, segment) => sum + segment.bytes.length, 0));
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, elfClass, 1, 1]);
  view.setUint16(16, type, true);
  view.setUint16(18, machine, true);
  view.setUint32(24, entry, true);
  view.setUint32(28, 52, true);
  view.setUint16(42, 32, true);
  view.setUint16(44, segments.length, true);
  let offset = dataStart;
  segments.forEach((segment, index) => {
    const { virtual, physical, bytes: data, memorySize = data.length } = segment;
    [segment.type ?? 1, offset, virtual, physical, data.length, memorySize, READ_WRITE_EXECUTE].forEach(
      (value, word) => {
        view.setUint32(52 + index * 32 + word * 4, value, true);
      },
    );
    bytes.set(data, offset);
    offset += data.length;
  });
  return bytes;
}

/** A Linux-like vmlinux: linked 3 GB above where it is loaded, with 64 bytes of data and 64 of bss. */
export function makeVmlinux(): Uint8Array {
  const bytes = new Uint8Array(64).fill(0xf4);
  return makeElf({
    entry: 0x1000000,
    segments: [{ virtual: 0xc1000000, physical: 0x1000000, bytes, memorySize: 128 }],
  });
}

/** A Multiboot header; further words are the address fields. */
export function multibootHeader(flags: number, ...addresses: number[]): Uint8Array {
  const words = [0x1badb002, flags, -(0x1badb002 + flags), ...addresses];
  const view = new DataView(new ArrayBuffer(words.length * 4));
  words.forEach((word, index) => {
    view.setUint32(index * 4, word >>> 0, true);
  });
  return new Uint8Array(view.buffer);
}

/** A Multiboot ELF kernel at 1 MB. */
export function makeMultibootElf(flags = 3): Uint8Array {
  const bytes = new Uint8Array(256).fill(0xf4);
  bytes.set(multibootHeader(flags));
  return makeElf({ entry: 0x100010, segments: [{ virtual: 0x100000, physical: 0x100000, bytes, memorySize: 8192 }] });
}
