/** What regions rely on of the FPU where blocks begin (translator/region/fpu-flow.ts). */
import { expect, test } from 'vitest';
import { type CpuEngine, createCpu } from '../../src/index.ts';

const CODE = 0x1000;
const DATA = 0x4000;
const FNINIT = [0xdb, 0xe3];
const FLD1 = [0xd9, 0xe8];
const FLDPI = [0xd9, 0xeb];
const POP = [0xdd, 0xd8];
/** fnsave [DATA] */
const SAVE = [0xdd, 0x35, 0x00, 0x40, 0x00, 0x00];
const ENGINES: readonly CpuEngine[] = ['interpreter', 'translator', 'wide', 'patient'];

/** The FPU's image and ECX in all engines, after stopping at each of `stops` (offsets in the code) in turn. */
const images = (code: readonly number[], ...stops: readonly number[]) =>
  Promise.all(
    ENGINES.map(async (engine) => {
      const cpu = await createCpu({ engine, memory: 0x10_0000 });
      cpu.load(CODE, Uint8Array.from(code));
      cpu.enterFlatMode(0);
      Object.assign(cpu.registers, { eip: CODE, ecx: 100, esp: 0x3000 });
      for (const stop of stops) expect(cpu.run({ address: CODE + stop })).toBe('address');
      const { ecx } = cpu.registers;
      const image = Buffer.from(cpu.memory.subarray(DATA, DATA + 108)).toString('hex');
      await cpu.close();
      return { ecx, image };
    }),
  );
const agree = (seen: readonly unknown[]) => expect(seen).toEqual(seen.map(() => seen[0]));

test('tags are right behind a place that ways with different depths lead to', async () => {
  // test cl, 1; jz over the pop; dec ecx; jnz 0
  const code = [...FNINIT, ...FLD1, ...FLD1, 0xf6, 0xc1, 1, 0x74, 2, ...POP, ...FLD1, 0x49, 0x75, 0xec, ...SAVE];
  const seen = await images(code, code.length);
  agree(seen);
  expect(seen[0]!.ecx).toBe(0);
});

/** 0: fninit; fld1; what `first` pushes. At 6 a loop: fadd st(1), st; pop; what `next` pushes; dec ecx; jnz 6. */
const loop = (first: readonly number[], next: readonly number[]): number[] => {
  const body = [0xdc, 0xc1, ...POP, ...next, 0x49];
  return [...FNINIT, ...FLD1, ...first, ...body, 0x75, -(body.length + 2) & 0xff, ...SAVE];
};

test('a loop that goes round with doubles takes what is none when it is entered', async () => {
  const code = loop(FLDPI, FLD1);
  agree(await images(code, 6, code.length));
});

test('a loop that goes round with what is no double takes one when it is entered', async () => {
  const code = loop(FLD1, FLDPI);
  agree(await images(code, 6, code.length));
});

test('a loop that pops what only the first way round has leaves the rest to the interpreter', async () => {
  // fninit; fld1 three times; at 8: fstp st(0); dec ecx; jnz 8
  const code = [...FNINIT, ...FLD1, ...FLD1, ...FLD1, ...POP, 0x49, 0x75, 0xfb, ...SAVE];
  agree(await images(code, 8, code.length));
});
