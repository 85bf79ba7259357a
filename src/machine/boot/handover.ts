import type { Piece, StartSegment, StartState } from './plan.ts';
import { piece } from './plan.ts';

/**
 * Where the loader leaves its own data: the bottom of RAM, above the real-mode vectors and BIOS data area and
 * below what kernels use as real-mode trampolines. Physical addresses.
 */
export const HANDOVER = {
  gdt: 0x7000,
  /** The stack grows down from here; neither protocol promises one, but some kernels push before they have their own. */
  stackTop: 0x7000,
  /** boot_params, or the Multiboot information structure. */
  parameters: 0x8000,
  commandLine: 0x9000,
  commandLineLimit: 0x4000,
} as const;

/** __BOOT_CS and __BOOT_DS of the Linux boot protocol; Multiboot leaves the selectors open. */
const CODE_SELECTOR = 0x10;
const DATA_SELECTOR = 0x18;

const GRANULAR_32BIT = 0xc000;
/** Accessed already, as every descriptor in use is. */
const CODE_READABLE = 0x9b;
const DATA_WRITABLE = 0x93;

const CODE = flatSegment(CODE_SELECTOR, CODE_READABLE);
const DATA = flatSegment(DATA_SELECTOR, DATA_WRITABLE);

/** CR0.PE and CR0.ET: protected mode, paging off, a 387 protocol FPU. */
const CR0_START = 0x11;
/** Bit 1 always reads as 1; IF and VM are clear. */
const EFLAGS_START = 0x2;

const GDT_ENTRIES = 4;

const FLAT_START = {
  eax: 0,
  ebx: 0,
  ecx: 0,
  edx: 0,
  esi: 0,
  edi: 0,
  ebp: 0,
  esp: HANDOVER.stackTop,
  eflags: EFLAGS_START,
  cr0: CR0_START,
  gdt: { base: HANDOVER.gdt, limit: GDT_ENTRIES * 8 - 1 },
  cs: CODE,
  ds: DATA,
  es: DATA,
  ss: DATA,
  fs: DATA,
  gs: DATA,
};

/** The flat GDT both protocols start with. */
export function gdtPiece(): Piece {
  const table = new DataView(new ArrayBuffer(GDT_ENTRIES * 8));
  for (const segment of [CODE, DATA]) {
    table.setUint32(segment.selector, 0x0000ffff, true);
    table.setUint32(segment.selector + 4, 0x000f0000 | (segment.access << 8), true);
  }
  return piece('the start GDT', HANDOVER.gdt, new Uint8Array(table.buffer));
}

/** 32-bit protected mode, flat segments, interrupts and paging off, all registers 0 but those given. */
export function flatStart(registers: Partial<StartState> & { eip: number }): StartState {
  return { ...FLAT_START, ...registers };
}

function flatSegment(selector: number, type: number): StartSegment {
  return { selector, base: 0, limit: 0xffffffff, access: GRANULAR_32BIT | type };
}
