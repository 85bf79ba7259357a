/** The memory map as firmware reports it through INT 15h, AX=E820h (ACPI specification, "System Address Map Interfaces"). */
import { IO_APIC_BASE, IO_APIC_SIZE } from './io-apic.ts';
import { LOCAL_APIC_BASE, LOCAL_APIC_SIZE } from './local-apic.ts';
import { EBDA_BASE, FIRMWARE_BASE, FIRMWARE_SIZE, HIGH_MEMORY_BASE, VIDEO_HOLE_BASE } from './memory-map.ts';

export const E820Type = { USABLE: 1, RESERVED: 2 };

export interface E820Entry {
  /** Physical address. */
  base: number;
  /** Bytes. */
  length: number;
  type: number;
}

/** The map of a machine with `memory` bytes of RAM, ascending. The ACPI tables are in the reserved firmware area. */
export function e820Map(memory: number): E820Entry[] {
  const { USABLE, RESERVED } = E820Type;
  return [
    { base: 0, length: EBDA_BASE, type: USABLE },
    { base: EBDA_BASE, length: VIDEO_HOLE_BASE - EBDA_BASE, type: RESERVED },
    { base: FIRMWARE_BASE, length: FIRMWARE_SIZE, type: RESERVED },
    { base: HIGH_MEMORY_BASE, length: memory - HIGH_MEMORY_BASE, type: USABLE },
    { base: IO_APIC_BASE, length: IO_APIC_SIZE, type: RESERVED },
    { base: LOCAL_APIC_BASE, length: LOCAL_APIC_SIZE, type: RESERVED },
  ];
}
