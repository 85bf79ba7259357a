/** SSSE3: integers in MMX and XMM registers, in the maps behind 0F 38 and 0F 3A. SDM vol. 2, appendix A. */
import type { Semantics } from '../semantics/ops.ts';
import { type Binary, type Bits, binary } from '../semantics/simd.ts';
import * as integer from '../semantics/simd-integer.ts';
import { type Draft, type LineOptions, line } from './build.ts';

/** SIMD is left to the complete interpreter and to regions. */
const MMX: LineOptions = { prefix: 0, cold: true, cpu: 'ssse3' };
const XMM: LineOptions = { ...MMX, prefix: 0x66 };
const MODIFY: LineOptions = { access: 'm' };

const files = (
  opcode: number,
  mnemonic: string,
  semantics: (bits: Bits) => Semantics,
  options: LineOptions,
  immediate = '',
): Draft[] => [
  line(opcode, mnemonic, `Pq,Qq${immediate}`, semantics(64), { ...MMX, ...options }),
  line(opcode, mnemonic, `Vx,Wx${immediate}`, semantics(128), { ...XMM, ...options }),
];

/** Third opcode byte; operand 0 := operand 0 op operand 1. */
const BINARY: readonly (readonly [number, string, Binary])[] = [
  [0x00, 'pshufb', integer.shuffleBytes],
  [0x01, 'phaddw', integer.inPairs('i16x8', 'add')],
  [0x02, 'phaddd', integer.inPairs('i32x4', 'add')],
  [0x03, 'phaddsw', integer.inPairs('i16x8', 'add_saturate_s')],
  [0x04, 'pmaddubsw', integer.multiplyAddBytes],
  [0x05, 'phsubw', integer.inPairs('i16x8', 'sub')],
  [0x06, 'phsubd', integer.inPairs('i32x4', 'sub')],
  [0x07, 'phsubsw', integer.inPairs('i16x8', 'sub_saturate_s')],
  [0x08, 'psignb', integer.withSign('i8x16')],
  [0x09, 'psignw', integer.withSign('i16x8')],
  [0x0a, 'psignd', integer.withSign('i32x4')],
  [0x0b, 'pmulhrsw', integer.multiplyRounded],
];
/** Third opcode byte; operand 0 := op operand 1. */
const UNARY: readonly (readonly [number, string, (bits: Bits) => Semantics])[] = [
  [0x1c, 'pabsb', integer.magnitude('i8x16')],
  [0x1d, 'pabsw', integer.magnitude('i16x8')],
  [0x1e, 'pabsd', integer.magnitude('i32x4')],
];

export const SSSE3: Draft[] = [
  ...BINARY.flatMap(([opcode, mnemonic, operation]) => files(0x0f3800 | opcode, mnemonic, binary(operation), MODIFY)),
  ...UNARY.flatMap(([opcode, mnemonic, semantics]) => files(0x0f3800 | opcode, mnemonic, semantics, {})),
  ...files(0x0f3a0f, 'palignr', integer.alignRight, MODIFY, ',Ib'),
];
