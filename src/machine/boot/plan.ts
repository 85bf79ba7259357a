import { UserError } from '../../errors.ts';
import { type E820Entry, E820Type } from '../e820.ts';

/** A file's content and the name that error messages call it by. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a kernel gets besides its own image. */
export interface LoadInputs {
  readonly e820: readonly E820Entry[];
  /** The initial RAM disk; for Multiboot the first module. */
  readonly initrd?: NamedBytes | undefined;
  readonly commandLine: string;
}

/** The RAM a kernel is loaded into. */
export interface LoadTarget {
  /** Guest RAM, physical address 0 first. */
  readonly memory: Uint8Array;
  readonly e820: readonly E820Entry[];
}

/** A segment register as loaded from the start GDT. `access` is the descriptor's second doubleword, bits 8-15 and 20-23. */
export interface StartSegment {
  readonly selector: number;
  /** Linear address. */
  readonly base: number;
  /** In bytes, the last valid offset. */
  readonly limit: number;
  /** Access byte in bits 0-7 (P, DPL, S, type), flags nibble in bits 12-15 (G, D/B, L, AVL). */
  readonly access: number;
}

/** The CPU at the kernel's first instruction; what is not named here is as after RESET. All values unsigned. */
export interface StartState {
  readonly eip: number;
  readonly eax: number;
  readonly ebx: number;
  readonly ecx: number;
  readonly edx: number;
  readonly esi: number;
  readonly edi: number;
  readonly ebp: number;
  readonly esp: number;
  readonly eflags: number;
  readonly cr0: number;
  /** Base as a physical address (paging is off), limit in bytes. */
  readonly gdt: { readonly base: number; readonly limit: number };
  readonly cs: StartSegment;
  readonly ds: StartSegment;
  readonly es: StartSegment;
  readonly ss: StartSegment;
  readonly fs: StartSegment;
  readonly gs: StartSegment;
}

/** A range of RAM to fill: `bytes`, then zeros up to `size`. */
export interface Piece {
  /** What it is, in the words of an error message. */
  readonly what: string;
  /** Physical. */
  readonly address: number;
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** Everything the loader does to a machine, as data: it can be checked before there is one, and done again at a reset. */
export interface LoadPlan {
  readonly pieces: readonly Piece[];
  readonly start: StartState;
}

export function piece(what: string, address: number, bytes: Uint8Array, size = bytes.length): Piece {
  return { what, address, size, bytes };
}

/** The end (exclusive, physical) of the usable RAM that contains the address, or 0 when it is not usable RAM. */
export function ramEnd(e820: readonly E820Entry[], address: number): number {
  const range = e820.find(
    (entry) => entry.type === E820Type.USABLE && address >= entry.base && address < entry.base + entry.length,
  );
  return range ? range.base + range.length : 0;
}

/**
 * Refuses a plan with a piece outside usable RAM or two pieces in one place.
 * @throws UserError naming the kernel and the piece
 */
export function checkPlan(plan: LoadPlan, kernelName: string, e820: readonly E820Entry[]): LoadPlan {
  const pieces = plan.pieces.filter((part) => part.size > 0).sort((a, b) => a.address - b.address);
  let previous: Piece | undefined;
  for (const part of pieces) {
    if (part.address + part.size > ramEnd(e820, part.address)) {
      throw new UserError(`${kernelName}: ${part.what} at ${range(part)} does not fit into guest memory`);
    }
    if (previous && part.address < previous.address + previous.size) {
      throw new UserError(
        `${kernelName}: ${part.what} at ${range(part)} overlaps ${previous.what} at ${range(previous)}`,
      );
    }
    previous = part;
  }
  return plan;
}

/** Fills RAM as planned. The plan must have been checked against this RAM's memory map. */
export function applyPlan(plan: LoadPlan, memory: Uint8Array): StartState {
  for (const { address, size, bytes } of plan.pieces) {
    memory.set(bytes, address);
    memory.fill(0, address + bytes.length, address + size);
  }
  return plan.start;
}

function range({ address, size }: Piece): string {
  return `0x${address.toString(16)}-0x${(address + size - 1).toString(16)}`;
}
