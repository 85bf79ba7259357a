/** The access word of a segment. SDM vol. 3, 3.4.5. */

/** Bits of an access word (descriptor bits 8-23 of the high word, as segment caches hold it). */
export const ACCESS = {
  accessed: 1 << 0,
  /** Data: writable; code: readable. */
  readWrite: 1 << 1,
  /** Data: expand-down; code: conforming. */
  expandDown: 1 << 2,
  conforming: 1 << 2,
  code: 1 << 3,
  /** S: code or data, not a system descriptor. */
  segment: 1 << 4,
  present: 1 << 7,
  /** D/B. */
  big: 1 << 14,
  granular: 1 << 15,
} as const;

/** Access words of segments that exist without a descriptor. */
export const FLAT_CODE = ACCESS.granular | ACCESS.big | 0x9b;
export const FLAT_DATA = ACCESS.granular | ACCESS.big | 0x93;
export const VIRTUAL_8086_ACCESS = 0xf3;
