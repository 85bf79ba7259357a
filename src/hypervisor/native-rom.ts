/**
 * The native ROM: VMI's calls in plain i386 code, for hosts that know nothing of VMI. The code is assembled by
 * guest/build.sh from guest/vmi/native.S, which is also what the embedded guest runs on bare hardware.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';
import { HEADER, sealRom } from './rom.ts';

/** Where PC firmware looks for the next ROM. */
const ROM_GRANULE = 2048;
const STRINGS_ROOM = 64;

const TIMER = 'the processor has no timer that a kernel could not want itself';

/** Why plain code does not do some calls: they are answered NONE. */
export const NATIVE_REASONS: Readonly<Record<string, string>> = {
  MachineToPhysical: 'machine and physical page numbers are the same',
  PhysicalToMachine: 'machine and physical page numbers are the same',
  SetInitialAPState: "starting a processor takes the kernel's trampoline",
  APICWrite: 'only the kernel knows where it has mapped the local APIC',
  APICRead: 'only the kernel knows where it has mapped the local APIC',
  GetCycleFrequency: TIMER,
  GetCycleCounter: TIMER,
  SetAlarm: TIMER,
  CancelAlarm: TIMER,
  GetWallclockTime: TIMER,
  WallclockUpdated: TIMER,
  SetCallbacks: 'no kernel uses it, and its arguments are not documented',
};

/** The ROM as a file, with header and checksum: for `--vmi` and for option ROMs of other emulators. */
export function buildNativeRom(): Uint8Array {
  const code = readFileSync(join(packageRoot(), 'guest/native-rom.bin'));
  const end = HEADER.init + code.length;
  const rom = new Uint8Array(Math.ceil((end + STRINGS_ROOM) / ROM_GRANULE) * ROM_GRANULE);
  rom.set(code, HEADER.init);
  sealRom(rom, 'native VMI', end);
  return rom;
}
