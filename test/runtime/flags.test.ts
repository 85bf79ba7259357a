import { describe, expect, it } from 'vitest';
import { readArithmeticFlags, setSubFlags, writeArithmeticFlags } from '../../runtime/flags.ts';
import { CpuState } from '../../runtime/state.ts';
import { EFLAGS } from '../../translator/layout.ts';

const newState = (): CpuState => new CpuState(new WebAssembly.Memory({ initial: 1024 }), 0);
const BITS = [EFLAGS.CF, EFLAGS.PF, EFLAGS.AF, EFLAGS.ZF, EFLAGS.SF, EFLAGS.OF];

/** Flags of a - b worked out bit by bit from their definitions, SDM vol. 1, 3.4.3.1. */
const subtract = (size: number, a: number, b: number): number => {
  const modulus = 2 ** size;
  const signed = (n: number): number => (n >= modulus / 2 ? n - modulus : n);
  const result = (((a - b) % modulus) + modulus) % modulus;
  let ones = 0;
  for (let bit = 0; bit < 8; bit++) ones += (result >>> bit) & 1;
  const difference = signed(a) - signed(b);
  return (
    (a < b ? EFLAGS.CF : 0) |
    (ones % 2 === 0 ? EFLAGS.PF : 0) |
    ((a & 15) < (b & 15) ? EFLAGS.AF : 0) |
    (result === 0 ? EFLAGS.ZF : 0) |
    (result >= modulus / 2 ? EFLAGS.SF : 0) |
    (difference < -modulus / 2 || difference >= modulus / 2 ? EFLAGS.OF : 0)
  );
};

describe('arithmetic flags', () => {
  it('survive packing and unpacking in all 64 combinations', () => {
    const state = newState();
    for (let combination = 0; combination < 64; combination++) {
      const flags = BITS.reduce((all, bit, i) => (combination & (1 << i) ? all | bit : all), 0);
      writeArithmeticFlags(state, flags | EFLAGS.IF | 2);
      expect(readArithmeticFlags(state)).toBe(flags);
    }
  });

  it.each([8, 16, 32] as const)('of a %i-bit subtraction follow from their definitions', (size) => {
    const state = newState();
    const top = 2 ** size;
    const values = [0, 1, 2, 0x0f, 0x10, 0x7f, 0x80, 0x81, top / 2 - 1, top / 2, top / 2 + 1, top - 2, top - 1];
    for (const a of values) {
      for (const b of values) {
        setSubFlags(state, size, a, b);
        expect(readArithmeticFlags(state), `${a} - ${b}`).toBe(subtract(size, a, b));
      }
    }
  });
});
