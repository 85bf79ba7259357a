/** Memory operands of every form: ModRM, SIB and displacement. SDM vol. 2, tables 2-1 to 2-3. */
import type { Random } from './random.ts';

export interface Addressing {
  /** Reg field 0. */
  readonly modrm: number;
  /** SIB and displacement. */
  readonly bytes: readonly number[];
}

const DISPLACEMENT_32 = [0, 1, 4];
const DISPLACEMENT_16 = [0, 1, 2];

export const randomAddressing = (random: Random, addressSize: 16 | 32): Addressing => {
  const mod = random.below(3);
  const rm = random.below(8);
  if (addressSize === 16) {
    const length = mod === 0 && rm === 6 ? 2 : DISPLACEMENT_16[mod]!;
    return { modrm: (mod << 6) | rm, bytes: random.bytes(length) };
  }
  const sib = rm === 4 ? [random.below(256)] : [];
  const base = sib[0] === undefined ? rm : sib[0] & 7;
  const length = mod === 0 && base === 5 ? 4 : DISPLACEMENT_32[mod]!;
  return { modrm: (mod << 6) | rm, bytes: [...sib, ...random.bytes(length)] };
};
