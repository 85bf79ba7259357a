/** A20M#: while bit 20 is masked, the second megabyte is the first, from the next instruction on. */
import { expect, test } from 'vitest';
import { flatProcessor } from './flat-processor.ts';

const PORT = 0x92;
const ENABLED = 2;
/** RAM, and the same a megabyte higher, where nothing answers. */
const LOW = 0x2000;
const HIGH = [0, 0x20, 0x10, 0];
const VALUE = 0x5a;
/** mov al, n; out 92h, al; mov al, [HIGH]; mov cl, al, or dl, or bl */
const look = (value: number, register: number): number[] => [
  ...[0xb0, value, 0xe6, PORT, 0xa0, ...HIGH],
  ...[0x88, 0xc0 | register],
];
const [CL, DL, BL] = [1, 2, 3];

test.each([false, true])('as port 92h says (translator: %s)', async (jit) => {
  const program = [...look(0, CL), ...look(ENABLED, DL), ...look(0, BL), 0xf4];
  const processor = await flatProcessor(jit, program, {
    portWrite: (_, __, value) => processor.setAddress20((value & ENABLED) !== 0),
  });
  processor.state.ram[LOW] = VALUE;
  expect(processor.run(20)).toBe('halt');
  expect([CL, DL, BL].map((register) => processor.state.gpr(register) & 0xff)).toEqual([VALUE, 0xff, VALUE]);
});
