/** Transcendental instructions in regions, whose registers are in locals, leave the FPU as the interpreter does. */
import { beforeAll, expect, test } from 'vitest';
import type { BareCpu, CpuEngine } from '../../src/cpu-api.ts';
import { createCpu } from '../../src/index.ts';
import { Random } from '../support/random.ts';

const ENGINES: readonly CpuEngine[] = ['interpreter', 'translator', 'single'];
/** The second byte behind D9. */
const FUNCTIONS = { fsin: 0xfe, fcos: 0xff, fsincos: 0xfb, fpatan: 0xf3, fyl2x: 0xf1, f2xm1: 0xf0, fptan: 0xf2 };
const CODE = 0x1000;
const DATA = 0x8000;
const IMAGE = 0x9000;
const IMAGE_BYTES = 108;

let cpus: BareCpu[];
beforeAll(async () => {
  cpus = await Promise.all(ENGINES.map((engine) => createCpu({ engine })));
  for (const cpu of cpus) cpu.enterFlatMode(3);
});

const address = (at: number): number[] => [at & 0xff, at >> 8, 0, 0];

/** FNINIT, loads, functions with additions and exchanges between them, FNSAVE. */
const program = (random: Random): number[] => {
  const code = [0xdb, 0xe3];
  for (let n = 2 + random.below(4); n > 0; n--) code.push(0xdd, 0x05, ...address(DATA + 8 * n));
  for (let n = 0; n < 3; n++) {
    code.push(0xd9, random.pick(Object.values(FUNCTIONS)));
    if (random.below(2)) code.push(0xd8, 0xc1);
    if (random.below(3) === 0) code.push(0xd9, 0xc9);
  }
  return [...code, 0xdd, 0x35, ...address(IMAGE)];
};
const number = (random: Random): number => {
  const plain = (random.next() / 2 ** 32 - 0.5) * 2 ** random.below(4);
  return random.pick([0, Number.NaN, Infinity, 1, 1e-310, plain, plain, plain, plain * 2 ** 40, plain * 2 ** -1000]);
};

test.each(Array.from({ length: 24 }, (_, seed) => seed))('sequence %i', (seed) => {
  const random = new Random(seed);
  const code = new Uint8Array(program(random));
  const data = new Float64Array(8).map(() => number(random));
  const images = cpus.map((cpu) => {
    cpu.load(CODE, code);
    cpu.load(DATA, new Uint8Array(data.buffer));
    cpu.load(IMAGE, new Uint8Array(IMAGE_BYTES));
    cpu.registers.eip = CODE;
    expect(cpu.run({ address: CODE + code.length })).toBe('address');
    return Buffer.from(cpu.memory.slice(IMAGE, IMAGE + IMAGE_BYTES)).toString('hex');
  });
  expect(images).toEqual(images.map(() => images[0]));
});
