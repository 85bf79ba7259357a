/** What IDENTIFY DEVICE returns (ATA/ATAPI-6, 8.15.8): 256 words, by their numbers there. */
import { SECTOR_SIZE } from '../disk-image.ts';
import type { Geometry } from './task-file.ts';

/** Sectors in one data block of READ and WRITE MULTIPLE, at most. */
export const MOST_MULTIPLE = 16;
/** The largest capacity that 28 address bits reach, in sectors. */
const LBA28_SECTORS = 0x0fff_ffff;

const FIXED_DEVICE = 0x0040;
const CAPABILITIES = { DMA: 0x0100, LBA: 0x0200, IORDY: 0x0800, ALWAYS: 0x4000 };
/** Words 54-58 and 64-70 mean something. There is no Ultra DMA, which the PIIX3 does not know either. */
const VALID_WORDS = 0x0003;
/** Cycle times in ns of multiword DMA mode 2 and PIO mode 4. */
const CYCLE_TIME = 120;
const MODES = { PIO_3_AND_4: 0x0003, MULTIWORD_0_TO_2: 0x0007 };
/** ATA-3 to ATA/ATAPI-6. */
const MAJOR_VERSIONS = 0x0078;
/** Command sets of words 82 and 83, enabled or not in 85 and 86. Bit 14 says that the word is valid. */
const SETS_82 = { POWER_MANAGEMENT: 0x0008, WRITE_CACHE: 0x0020, LOOK_AHEAD: 0x0040, NOP: 0x4000 };
const SETS_83 = { LBA48: 0x0400, FLUSH: 0x1000, FLUSH_EXT: 0x2000 };
const VALID = 0x4000;
const MULTIPLE_VALID = 0x0100;

/** What about a drive may change while it runs, or differs between drives. */
export interface Identity {
  readonly serial: string;
  readonly sectors: number;
  readonly geometry: Geometry;
  readonly currentGeometry: Geometry;
  /** Sectors a block of READ and WRITE MULTIPLE; 0 while these are disabled. */
  readonly multiple: number;
  readonly writeCache: boolean;
  readonly lookAhead: boolean;
  /** The multiword DMA mode chosen, if one is. */
  readonly dmaMode: number | undefined;
}

/** Characters go into words high byte first. */
function setText(view: DataView, word: number, words: number, text: string): void {
  const padded = text.padEnd(2 * words, ' ');
  for (let i = 0; i < 2 * words; i++) view.setUint8((2 * word + i) ^ 1, padded.charCodeAt(i) & 0x7f);
}

export function identify(drive: Identity): Uint8Array {
  const { geometry, currentGeometry: current, sectors } = drive;
  const bytes = new Uint8Array(SECTOR_SIZE);
  const view = new DataView(bytes.buffer);
  const enabled = (drive.writeCache ? SETS_82.WRITE_CACHE : 0) | (drive.lookAhead ? SETS_82.LOOK_AHEAD : 0);
  const sets83 = SETS_83.LBA48 | SETS_83.FLUSH | SETS_83.FLUSH_EXT;
  const words: Record<number, number> = {
    0: FIXED_DEVICE,
    1: geometry.cylinders,
    3: geometry.heads,
    6: geometry.sectors,
    47: 0x8000 | MOST_MULTIPLE,
    49: CAPABILITIES.DMA | CAPABILITIES.LBA | CAPABILITIES.IORDY,
    50: CAPABILITIES.ALWAYS,
    53: VALID_WORDS,
    54: current.cylinders,
    55: current.heads,
    56: current.sectors,
    59: drive.multiple ? MULTIPLE_VALID | drive.multiple : 0,
    63: MODES.MULTIWORD_0_TO_2 | (drive.dmaMode === undefined ? 0 : 0x100 << drive.dmaMode),
    64: MODES.PIO_3_AND_4,
    65: CYCLE_TIME,
    66: CYCLE_TIME,
    67: CYCLE_TIME,
    68: CYCLE_TIME,
    80: MAJOR_VERSIONS,
    82: SETS_82.POWER_MANAGEMENT | SETS_82.WRITE_CACHE | SETS_82.LOOK_AHEAD | SETS_82.NOP,
    83: VALID | sets83,
    84: VALID,
    85: SETS_82.POWER_MANAGEMENT | SETS_82.NOP | enabled,
    86: sets83,
    87: VALID,
  };
  for (const [word, value] of Object.entries(words)) view.setUint16(2 * Number(word), value, true);
  view.setUint32(2 * 57, current.cylinders * current.heads * current.sectors, true);
  view.setUint32(2 * 60, Math.min(sectors, LBA28_SECTORS), true);
  view.setBigUint64(2 * 100, BigInt(sectors), true);
  setText(view, 10, 10, drive.serial);
  setText(view, 23, 4, '1.0');
  setText(view, 27, 20, 'vmi86 disk');
  return bytes;
}
