/** Registers of an ATA device and their bits (ATA/ATAPI-6, T13 1410D, clause 7). */

/** Offsets in the command block; reading and writing 1 and 7 are different registers. */
export const Register = {
  DATA: 0,
  /** Error when read. */
  FEATURES: 1,
  SECTOR_COUNT: 2,
  LBA_LOW: 3,
  LBA_MID: 4,
  LBA_HIGH: 5,
  DEVICE: 6,
  /** Status when read. */
  COMMAND: 7,
} as const;

export const COMMAND_BLOCK_SIZE = 8;

export const STATUS = { ERROR: 0x01, DATA_REQUEST: 0x08, SEEK_COMPLETE: 0x10, READY: 0x40, BUSY: 0x80 } as const;
export const ERROR = { ABORTED: 0x04, ID_NOT_FOUND: 0x10, UNCORRECTABLE: 0x40 } as const;
/** What the error register shows after a reset or EXECUTE DEVICE DIAGNOSTIC: no error in either device. */
export const DIAGNOSTIC_PASSED = 0x01;
export const DEVICE = { HEAD: 0x0f, SECOND: 0x10, LBA: 0x40 } as const;
export const CONTROL = { NO_INTERRUPT: 0x02, SOFTWARE_RESET: 0x04, HIGH_ORDER_BYTE: 0x80 } as const;
