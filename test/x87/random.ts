/** Random operands that meet every class and the borders between them; the same for the same seed. */
import type { Extended } from './fpu.ts';

/** Numbers below 2^32, by xorshift. */
export const random = (seed: number) => {
  let state = seed | 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const below = (limit: number): number => next() % limit;
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;
  const next64 = (): bigint => (BigInt(next()) << 32n) | BigInt(next());

  const EXPONENTS = [0, 0, 0, 1, 2, 0x3c00, 0x3f80, 0x3fbf, 0x3ffe, 0x3fff, 0x3fff, 0x4000, 0x403d, 0x403e, 0x403f];
  const LATE = [0x407f, 0x43ff, 0x7ffd, 0x7ffe, 0x7fff, 0x7fff];
  const SIGNIFICANDS = [0n, 1n, (1n << 64n) - 1n, 1n << 63n, 3n << 62n, (1n << 63n) - 1n, (1n << 63n) | 1n];
  const MASKS = [0xffff_f800_0000_0000n, 0xffff_ff00_0000_0000n, 0xffff_ffff_ffff_f800n, 0xff00_0000_0000_0000n];

  const extended = (): Extended => {
    const sign = below(2) << 15;
    const kind = below(8);
    const exponent = kind < 3 ? pick([...EXPONENTS, ...LATE]) : kind < 7 ? 0x3fff - 70 + below(140) : below(0x8000);
    let significand = below(3) ? next64() : pick(SIGNIFICANDS);
    if (below(2)) significand &= pick(MASKS);
    // Mostly numbers; unsupported encodings now and then.
    if (exponent && below(16)) significand |= 1n << 63n;
    return { significand, signExponent: sign | exponent };
  };
  return { next, below, pick, next64, extended };
};
export type Random = ReturnType<typeof random>;
