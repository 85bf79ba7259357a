/**
 * RCPPS and RSQRTPS: processors approximate differently, so what is promised is tested instead. SDM vol. 2: a relative
 * error of at most 1.5 · 2^-12, denormal numbers taken for zeros, tiny results zeros, no exceptions.
 */
import { describe, expect, test } from 'vitest';
import { createCpu } from '../../src/index.ts';
import { Random } from '../support/random.ts';

const CODE = 0x1000;
const SOURCE = 0x2000;
const RECIPROCAL = SOURCE + 0x10;
const ROOT = SOURCE + 0x20;
const CONTROL = SOURCE + 0x30;
const ERROR = 1.5 * 2 ** -12;
const MXCSR_INITIAL = 0x1f80;

const absolute = (address: number): number[] => [0, 8, 16, 24].map((shift) => (address >>> shift) & 0xff);
const PROGRAM = [
  ...[0x0f, 0x10, 0x05, ...absolute(SOURCE)], // movups xmm0, [SOURCE]
  ...[0x0f, 0x53, 0xc8], // rcpps xmm1, xmm0
  ...[0x0f, 0x11, 0x0d, ...absolute(RECIPROCAL)], // movups [RECIPROCAL], xmm1
  ...[0x0f, 0x52, 0xd0], // rsqrtps xmm2, xmm0
  ...[0x0f, 0x11, 0x15, ...absolute(ROOT)], // movups [ROOT], xmm2
  ...[0x0f, 0xae, 0x1d, ...absolute(CONTROL)], // stmxcsr [CONTROL]
  0xf4,
];

const approximate = async (lanes: readonly number[]) => {
  const cpu = await createCpu({ engine: 'translator', memory: 1 << 16 });
  cpu.enterFlatMode(0);
  cpu.registers.cr4 = 0x600;
  cpu.load(CODE, Uint8Array.from(PROGRAM));
  cpu.load(SOURCE, new Uint8Array(Uint32Array.from(lanes).buffer));
  cpu.registers.eip = CODE;
  cpu.run();
  const memory = new DataView(cpu.memory.buffer, cpu.memory.byteOffset);
  const words = (at: number) => [0, 4, 8, 12].map((offset) => memory.getUint32(at + offset, true));
  const result = { rcp: words(RECIPROCAL), rsqrt: words(ROOT), mxcsr: memory.getUint32(CONTROL, true) };
  await cpu.close();
  return result;
};

const floatOf = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0]!;

describe('rcpps and rsqrtps', () => {
  test('are near enough', async () => {
    const random = new Random(7);
    for (let n = 0; n < 8; n++) {
      // Exponents whose reciprocals are normal numbers.
      const lanes = Array.from({ length: 4 }, () => ((2 + random.below(250)) << 23) | random.below(1 << 23));
      const { rcp, rsqrt, mxcsr } = await approximate(lanes);
      for (const [lane, bits] of lanes.entries()) {
        const x = floatOf(bits);
        expect(Math.abs(floatOf(rcp[lane]!) * x - 1)).toBeLessThanOrEqual(ERROR);
        expect(Math.abs(floatOf(rsqrt[lane]!) * Math.sqrt(x) - 1)).toBeLessThanOrEqual(ERROR);
      }
      expect(mxcsr).toBe(MXCSR_INITIAL);
    }
  });

  test('of zeros, denormal numbers, infinities and NaNs', async () => {
    const first = await approximate([0, 0x8000_0000, 0x0000_0001, 0xff80_0000]);
    expect(first.rcp).toEqual([0x7f80_0000, 0xff80_0000, 0x7f80_0000, 0x8000_0000]);
    expect(first.rsqrt).toEqual([0x7f80_0000, 0xff80_0000, 0x7f80_0000, 0xffc0_0000]);
    const second = await approximate([0x7f80_0001, 0xffc0_1234, 0x7f7f_ffff, 0xbf80_0000]);
    expect(second.rcp.slice(0, 3)).toEqual([0x7fc0_0001, 0xffc0_1234, 0]);
    expect(second.rsqrt.slice(0, 2)).toEqual([0x7fc0_0001, 0xffc0_1234]);
    expect(second.rsqrt[3]).toBe(0xffc0_0000);
    expect([first.mxcsr, second.mxcsr]).toEqual([MXCSR_INITIAL, MXCSR_INITIAL]);
  });
});
