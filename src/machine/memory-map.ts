/** What lies where in the PC's physical address space. All ranges are [base, base + length), bytes. */
import { IO_APIC_BASE, IO_APIC_SIZE } from './io-apic.ts';
import { LOCAL_APIC_BASE, LOCAL_APIC_SIZE } from './local-apic.ts';

export const MiB = 0x10_0000;

/** The part of the first megabyte that belongs to programs; the extended BIOS data area ends it. */
export const EBDA_BASE = 0x9_fc00;
export const VIDEO_HOLE_BASE = 0xa_0000;
/** Option ROMs: 2 KB aligned, found by their 55AAh signature. */
export const OPTION_ROM_BASE = 0xc_0000;
/** Where the firmware of a PC has its ROM, and here the ACPI tables. */
export const FIRMWARE_BASE = 0xe_0000;
export const FIRMWARE_SIZE = 0x2_0000;
export const HIGH_MEMORY_BASE = MiB;

/** Memory addresses of PCI devices. RAM ends below. */
export const PCI_WINDOW_BASE = 0xc000_0000;
export const PCI_WINDOW_END = 0xfec0_0000;

/** The smallest RAM this board takes, in bytes. */
export const MIN_MEMORY = 4 * MiB;

export type RegionKind = 'ram' | 'hole' | 'rom' | 'device';

export interface Region {
  base: number;
  length: number;
  /** `hole` answers all ones; `rom` is memory that the guest cannot write; `device` goes to Board.mmioRead and -Write. */
  kind: RegionKind;
}

/** Every region that is not a hole above RAM, in ascending order. */
export function memoryMap(memory: number): Region[] {
  return [
    { base: 0, length: VIDEO_HOLE_BASE, kind: 'ram' },
    { base: VIDEO_HOLE_BASE, length: OPTION_ROM_BASE - VIDEO_HOLE_BASE, kind: 'hole' },
    { base: OPTION_ROM_BASE, length: HIGH_MEMORY_BASE - OPTION_ROM_BASE, kind: 'rom' },
    { base: HIGH_MEMORY_BASE, length: memory - HIGH_MEMORY_BASE, kind: 'ram' },
    { base: PCI_WINDOW_BASE, length: PCI_WINDOW_END - PCI_WINDOW_BASE, kind: 'device' },
    { base: IO_APIC_BASE, length: IO_APIC_SIZE, kind: 'device' },
    { base: LOCAL_APIC_BASE, length: LOCAL_APIC_SIZE, kind: 'device' },
  ];
}
