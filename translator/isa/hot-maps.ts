/**
 * Which prefixed instructions the hot interpreter has: for each kind of prefix the opcodes that code compiled for
 * Linux uses with it often enough. Without a prefix it has every line marked hot.
 */

/** What a prefix does to the instructions of its map. */
export type PrefixKind =
  /** 66: operands of 16 bits. */
  | 'operand'
  /** FS or GS: per-CPU and thread-local variables. */
  | 'segment'
  /** Nothing in a flat address space and with one CPU: other segments, LOCK. */
  | 'idle';

export interface HotMap {
  readonly kind: PrefixKind;
  readonly prefixes: readonly number[];
  /** Opcodes, 0f00 | second byte for the two-byte map. */
  readonly opcodes: ReadonlySet<number>;
}

const range = (first: number, count: number, step = 1): number[] =>
  Array.from({ length: count }, (_, n) => first + n * step);

/** `op Ev,Gv`, `op Gv,Ev` and `op eAX,Iz` of the eight arithmetic operations. */
const ARITHMETIC = [...range(0x01, 8, 8), ...range(0x03, 8, 8)];

export const HOT_MAPS: readonly HotMap[] = [
  {
    kind: 'operand',
    prefixes: [0x66],
    opcodes: new Set([
      ...ARITHMETIC,
      ...range(0x05, 8, 8),
      ...range(0x40, 16),
      ...[
        0x81, 0x83, 0x85, 0x87, 0x89, 0x8b, 0x90, 0x98, 0x99, 0xa1, 0xa3, 0xa5, 0xa9, 0xab, 0xad, 0xc1, 0xc7, 0xd1,
        0xd3, 0xf7, 0xff,
      ],
      ...range(0xb8, 8),
      ...[0x0f1f, 0x0fb6, 0x0fbe],
    ]),
  },
  {
    kind: 'segment',
    prefixes: [0x64, 0x65],
    opcodes: new Set([
      ...ARITHMETIC,
      ...[0x80, 0x81, 0x83, 0x85, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0xa0, 0xa1, 0xa2, 0xa3, 0xc6, 0xc7, 0xff],
      ...[0x0fb1, 0x0fb6, 0x0fb7, 0x0fc1],
    ]),
  },
  {
    kind: 'idle',
    prefixes: [0x26, 0x2e, 0x36, 0x3e, 0xf0],
    opcodes: new Set([
      ...[0x01, 0x09, 0x21, 0x29, 0x31, 0x80, 0x81, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0xc7, 0xfe, 0xff],
      ...[0x0fa3, 0x0fab, 0x0fb3, 0x0fb0, 0x0fb1, 0x0fba, 0x0fc0, 0x0fc1],
    ]),
  },
  // PAUSE is REP NOP.
  { kind: 'idle', prefixes: [0xf3], opcodes: new Set([0x90]) },
];
