/** What a PC's firmware leaves in memory for a kernel that never saw it run: BIOS data area and ACPI tables. */
import type { PhysicalMemory } from '../../runtime/board.ts';
import { acpiTables } from './acpi.ts';
import { EBDA_BASE, FIRMWARE_BASE } from './memory-map.ts';

/** Offsets in the BIOS data area, physical. */
const BIOS_DATA = { SERIAL_PORTS: 0x400, EBDA_SEGMENT: 0x40e, CONVENTIONAL_KB: 0x413 };
const ACPI_BASE = FIRMWARE_BASE;

function word(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8);
}

/** Writes them. `serialPort` is the I/O base of COM1. */
export function writeFirmwareData(memory: PhysicalMemory, serialPort: number): void {
  memory.write(BIOS_DATA.SERIAL_PORTS, word(serialPort));
  memory.write(BIOS_DATA.EBDA_SEGMENT, word(EBDA_BASE >> 4));
  memory.write(BIOS_DATA.CONVENTIONAL_KB, word(EBDA_BASE >> 10));
  // The first byte of the extended BIOS data area is its size in KB.
  memory.write(EBDA_BASE, Uint8Array.of(1));
  memory.install(ACPI_BASE, acpiTables(ACPI_BASE));
}
