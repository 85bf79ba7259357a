import { constants, gunzipSync } from 'node:zlib';
import { UserError } from '../../errors.ts';
import { isElf, isElf64 } from './elf.ts';
import { planLinux } from './linux.ts';
import type { LoadInputs, LoadPlan, NamedBytes } from './plan.ts';
import { piece } from './plan.ts';
import { BOOT_FLAG, LOADED_HIGH, SETUP_FIELDS, SETUP_MAGIC, SetupHeader, XLF_KERNEL_64 } from './setup-header.ts';

export interface BzImage extends NamedBytes {
  readonly format: 'bzImage';
}

const SECTOR = 512;
const PARAGRAPH = 16;
/** What setup_sects of 0 stands for. */
const DEFAULT_SETUP_SECTORS = 4;
/** The first version whose command line pointer is 32 bits wide. */
const OLDEST_VERSION = 0x202;
/** A header without xloadflags may still hold a 64-bit kernel; the head of its payload tells. */
const PAYLOAD_HEAD = 4096;
/** Without init_size a kernel does not say how much it unpacks to; compressed kernels stay below 4:1. */
const UNPACKED_RATIO = 4;

/** Whether this is a Linux boot image of any age. */
export function isLinuxImage(bytes: Uint8Array): boolean {
  if (bytes.length < SETUP_FIELDS.version.offset + SETUP_FIELDS.version.size) return false;
  const header = new SetupHeader(bytes);
  return header.get('boot_flag') === BOOT_FLAG && header.get('header') === SETUP_MAGIC;
}

/**
 * Checks that vmi86 can start this Linux boot image.
 * @throws UserError when it is too old, 64-bit only or truncated
 */
export function parseBzImage({ name, bytes }: NamedBytes): BzImage {
  const header = new SetupHeader(bytes);
  const version = `${header.version >> 8}.${String(header.version & 0xff).padStart(2, '0')}`;
  if (header.version < OLDEST_VERSION) {
    throw new UserError(`${name}: this kernel's boot protocol ${version} is too old, 2.02 or newer is needed`);
  }
  if (bytes.length < Math.max(header.end, codeOffset(header))) throw truncated(name, bytes, codeOffset(header));
  if ((header.get('loadflags') & LOADED_HIGH) === 0) {
    throw new UserError(`${name}: a zImage (kernel below 1 MB); only bzImage is supported`);
  }
  const expected = codeOffset(header) + header.get('syssize') * PARAGRAPH;
  // Older builds round the size up to paragraphs without padding the file.
  if (bytes.length <= expected - PARAGRAPH) throw truncated(name, bytes, expected);
  if (header.get('xloadflags') & XLF_KERNEL_64 || payloadIs64Bit(header, bytes)) {
    throw new UserError(`${name}: an x86-64 kernel; vmi86 runs 32-bit (i386) kernels`);
  }
  return { format: 'bzImage', name, bytes };
}

/** @throws UserError when kernel, initrd or command line do not fit */
export function planBzImage({ name, bytes }: BzImage, inputs: LoadInputs): LoadPlan {
  const header = new SetupHeader(bytes);
  const code = bytes.subarray(codeOffset(header));
  const entry = header.get('code32_start');
  const alignment = (header.get('relocatable_kernel') && header.get('kernel_alignment')) || 1;
  const unpackAt = Math.max(Math.ceil(entry / alignment) * alignment, header.get('pref_address'));
  const runtimeEnd = unpackAt + (header.get('init_size') || code.length * UNPACKED_RATIO);
  const pieces = [piece('the kernel', entry, code)];
  return planLinux({ name, header: bytes, pieces, entry, runtimeEnd }, inputs);
}

/** Where the protected-mode code begins in the file. */
function codeOffset(header: SetupHeader): number {
  return ((header.get('setup_sects') || DEFAULT_SETUP_SECTORS) + 1) * SECTOR;
}

function payloadIs64Bit(header: SetupHeader, bytes: Uint8Array): boolean {
  const start = codeOffset(header) + header.get('payload_offset');
  const payload = bytes.subarray(start, start + header.get('payload_length'));
  const head = payload[0] === 0x1f && payload[1] === 0x8b ? inflatedHead(payload) : payload;
  return isElf(head) && isElf64(head);
}

function inflatedHead(payload: Uint8Array): Uint8Array {
  try {
    return gunzipSync(payload.subarray(0, PAYLOAD_HEAD), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    // Not what its magic number says; the kernel's own decompressor will tell.
    return new Uint8Array();
  }
}

function truncated(name: string, bytes: Uint8Array, expected: number): UserError {
  return new UserError(`${name}: truncated kernel image: ${bytes.length} bytes of ${expected}`);
}
