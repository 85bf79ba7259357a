/** Bits common to entries of all levels; in PAE entries of their low word. SDM vol. 3, tables 4-4 to 4-6. */
export const ENTRY = {
  present: 1 << 0,
  writable: 1 << 1,
  user: 1 << 2,
  accessed: 1 << 5,
  dirty: 1 << 6,
  large: 1 << 7,
  global: 1 << 8,
} as const;
