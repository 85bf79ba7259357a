import { UserError } from '../../errors.ts';
import type { E820Entry } from '../e820.ts';
import { HIGH_MEMORY_BASE, MiB } from '../memory-map.ts';
import { cString } from './bytes.ts';
import { flatStart, gdtPiece, HANDOVER } from './handover.ts';
import type { LoadInputs, LoadPlan, Piece } from './plan.ts';
import { piece, ramEnd } from './plan.ts';
import { HEADER_START, SetupHeader } from './setup-header.ts';

/**
 * The 32-bit boot protocol of Linux, which a bzImage and a plain vmlinux share: boot_params ("zero page") with the
 * setup header and the memory map, command line, initial RAM disk, entry with ESI pointing to boot_params.
 * screen_info stays zero: there is no VGA.
 */
export interface LinuxKernel {
  readonly name: string;
  /** Bytes with a setup header at its usual offset, from which boot_params' copy is made. */
  readonly header: Uint8Array;
  readonly pieces: readonly Piece[];
  /** Physical address of the 32-bit entry point. */
  readonly entry: number;
  /** End (exclusive, physical) of the memory the kernel uses before it reads the memory map. */
  readonly runtimeEnd: number;
}

const PAGE = 4096;

const BOOT_PARAMS_SIZE = PAGE;
/** Offsets in boot_params outside the setup header. */
const EXT_MEM_K = 0x002;
const ALT_MEM_K = 0x1e0;
const E820_ENTRIES = 0x1e8;
const E820_TABLE = 0x2d0;
const E820_ENTRY_SIZE = 20;
const E820_MAX_ENTRIES = 128;

const LOADER_UNDEFINED = 0xff;

/** @throws UserError when kernel, initrd or command line do not fit */
export function planLinux(kernel: LinuxKernel, inputs: LoadInputs): LoadPlan {
  const header = new SetupHeader(kernel.header);
  const available = ramEnd(inputs.e820, HIGH_MEMORY_BASE);
  if (kernel.runtimeEnd > available) {
    const needed = Math.ceil(kernel.runtimeEnd / MiB);
    throw new UserError(`${kernel.name}: this kernel needs at least ${needed} MiB of guest memory`);
  }
  const pieces = [gdtPiece(), ...kernel.pieces, commandLinePiece(kernel.name, header.get('cmdline_size'), inputs)];
  const initrd = initrdPiece(header.get('initrd_addr_max'), kernel.runtimeEnd, inputs);
  if (initrd) pieces.push(initrd);
  pieces.push(piece('boot_params', HANDOVER.parameters, bootParams(kernel.header, inputs.e820, initrd)));
  return { pieces, start: flatStart({ eip: kernel.entry, esi: HANDOVER.parameters }) };
}

function commandLinePiece(kernelName: string, limit: number, { commandLine }: LoadInputs): Piece {
  const bytes = cString(commandLine);
  const length = bytes.length - 1;
  const most = Math.min(limit, HANDOVER.commandLineLimit - 1);
  if (length > most) {
    throw new UserError(`${kernelName}: the command line has ${length} bytes, this kernel takes at most ${most}`);
  }
  return piece('the command line', HANDOVER.commandLine, bytes);
}

/** As high as the kernel allows, so that it is out of the way of whatever the kernel unpacks. */
function initrdPiece(highest: number, runtimeEnd: number, { e820, initrd }: LoadInputs): Piece | undefined {
  if (!initrd) return undefined;
  const top = Math.min(highest + 1, ramEnd(e820, HIGH_MEMORY_BASE));
  const address = Math.floor((top - initrd.bytes.length) / PAGE) * PAGE;
  if (address < runtimeEnd) {
    const room = Math.max(0, top - Math.ceil(runtimeEnd / PAGE) * PAGE);
    throw new UserError(
      `${initrd.name}: the initrd does not fit: ${initrd.bytes.length} bytes, the kernel leaves ${room} of guest memory`,
    );
  }
  return piece('the initrd', address, initrd.bytes);
}

function bootParams(source: Uint8Array, e820: readonly E820Entry[], initrd: Piece | undefined): Uint8Array {
  const bytes = new Uint8Array(BOOT_PARAMS_SIZE);
  bytes.set(source.subarray(HEADER_START, Math.min(new SetupHeader(source).end, E820_TABLE)), HEADER_START);
  new SetupHeader(bytes).set({
    type_of_loader: LOADER_UNDEFINED,
    cmd_line_ptr: HANDOVER.commandLine,
    ramdisk_image: initrd?.address ?? 0,
    ramdisk_size: initrd?.size ?? 0,
  });
  writeMemoryMap(bytes, e820);
  return bytes;
}

function writeMemoryMap(bytes: Uint8Array, e820: readonly E820Entry[]): void {
  const view = new DataView(bytes.buffer);
  const extendedKiB = Math.max(0, ramEnd(e820, HIGH_MEMORY_BASE) - HIGH_MEMORY_BASE) / 1024;
  view.setUint16(EXT_MEM_K, Math.min(extendedKiB, 0xffff), true);
  view.setUint32(ALT_MEM_K, extendedKiB, true);
  if (e820.length > E820_MAX_ENTRIES) throw new RangeError(`a memory map of ${e820.length} entries`);
  view.setUint8(E820_ENTRIES, e820.length);
  e820.forEach(({ base, length, type }, index) => {
    const at = E820_TABLE + index * E820_ENTRY_SIZE;
    view.setBigUint64(at, BigInt(base), true);
    view.setBigUint64(at + 8, BigInt(length), true);
    view.setUint32(at + 16, type, true);
  });
}
