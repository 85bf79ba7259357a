/** When the FPU, MMX and SSE are not to be used, and with what exception. SDM vol. 3, tables 2-2, 12-1 and 13-1. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BareCpu, type CpuEngine, createCpu } from '../../src/index.ts';

const ENGINES: readonly CpuEngine[] = ['interpreter', 'translator', 'single'];
const CODE = 0x1000;
const DATA = 0x2000;
const HLT = 0xf4;
const [UD, NM, MF, XM] = [6, 7, 16, 19];

const PE_NE = 0x21;
const MP = 2;
const EM = 4;
const TS = 8;
const OSFXSR = 0x200;
const OSXMMEXCPT = 0x400;
const BOTH = OSFXSR | OSXMMEXCPT;

interface Instruction {
  readonly name: string;
  readonly code: readonly number[];
  /** Exceptions with CR0.EM, with CR0.TS, with both, and with CR4.OSFXSR clear. */
  readonly em?: number;
  readonly ts?: number;
  readonly both?: number;
  readonly noFxsr?: number;
}
const X87 = { em: NM, ts: NM, both: NM };
const MMX = { em: UD, ts: NM, both: UD };
const SSE = { ...MMX, noFxsr: UD };

const INSTRUCTIONS: readonly Instruction[] = [
  { name: 'fld1', code: [0xd9, 0xe8], ...X87 },
  { name: 'fnstcw [eax]', code: [0xd9, 0x38], ...X87 },
  { name: 'fxsave [eax]', code: [0x0f, 0xae, 0x00], ...X87 },
  { name: 'fwait, which looks at TS only with MP', code: [0x9b] },
  { name: 'paddb mm0, mm1', code: [0x0f, 0xfc, 0xc1], ...MMX },
  { name: 'emms', code: [0x0f, 0x77], ...MMX },
  { name: 'pshufw mm0, mm1, 0', code: [0x0f, 0x70, 0xc1, 0], ...MMX },
  { name: 'addps xmm0, xmm1', code: [0x0f, 0x58, 0xc1], ...SSE },
  { name: 'paddb xmm0, xmm1', code: [0x66, 0x0f, 0xfc, 0xc1], ...SSE },
  { name: 'movaps xmm0, [eax]', code: [0x0f, 0x28, 0x00], ...SSE },
  { name: 'stmxcsr [eax]', code: [0x0f, 0xae, 0x18], ...SSE },
  { name: 'cvtpi2ps xmm0, mm1', code: [0x0f, 0x2a, 0xc1], ...SSE },
  { name: 'movnti [eax], ecx', code: [0x0f, 0xc3, 0x08] },
  { name: 'sfence', code: [0x0f, 0xae, 0xf8] },
  { name: 'prefetcht0 [eax]', code: [0x0f, 0x18, 0x08] },
];

/** The vector that ends it; undefined when it comes to HLT. Executed twice: the second time it is hot, or in a region. */
const vectorOf = (cpu: BareCpu, code: readonly number[], cr0: number, cr4: number): number | undefined => {
  const vectors = [0, 1].map(() => {
    cpu.reset();
    cpu.enterFlatMode(0);
    cpu.registers.cr0 = PE_NE | cr0;
    cpu.registers.cr4 = cr4;
    Object.assign(cpu.registers, { eip: CODE, eax: DATA, esp: 0x8000 });
    cpu.load(CODE, Uint8Array.from([0x90, ...code, HLT]));
    return cpu.run({ instructions: 100, fault: true }) === 'fault' ? cpu.fault?.vector : undefined;
  });
  expect(vectors[1]).toBe(vectors[0]);
  return vectors[0];
};

describe.each(ENGINES)('%s', (engine) => {
  let cpu: BareCpu;
  beforeAll(async () => {
    cpu = await createCpu({ engine, memory: 1 << 16 });
  });
  afterAll(() => cpu.close());

  test.each(INSTRUCTIONS)('$name', ({ code, em, ts, both, noFxsr }) => {
    expect(vectorOf(cpu, code, 0, BOTH)).toBe(undefined);
    expect(vectorOf(cpu, code, EM, BOTH)).toBe(em);
    expect(vectorOf(cpu, code, TS, BOTH)).toBe(ts);
    expect(vectorOf(cpu, code, EM | TS, BOTH)).toBe(both);
    expect(vectorOf(cpu, code, 0, 0)).toBe(noFxsr);
  });

  test('fwait with MP and TS', () => {
    expect(vectorOf(cpu, [0x9b], MP | TS, BOTH)).toBe(NM);
  });

  // push 0; ldmxcsr [esp]; divss xmm0, xmm0: 0 / 0, unmasked
  const INVALID = [0x6a, 0, 0x0f, 0xae, 0x14, 0x24, 0xf3, 0x0f, 0x5e, 0xc0];
  test.each([
    ['#XM', BOTH, XM],
    ['#UD without CR4.OSXMMEXCPT', OSFXSR, UD],
  ])('an unmasked SSE exception is %s', (_, cr4, vector) => {
    expect(vectorOf(cpu, INVALID, 0, cr4)).toBe(vector);
  });

  // fninit; push 0; fldcw [esp]; fldz; fdiv st, st: invalid, unmasked
  const PENDING = [0xdb, 0xe3, 0x6a, 0, 0xd9, 0x2c, 0x24, 0xd9, 0xee, 0xd8, 0xf0];
  test.each([
    ['fld1', [0xd9, 0xe8], MF],
    ['fwait', [0x9b], MF],
    ['paddb mm0, mm1', [0x0f, 0xfc, 0xc1], MF],
    ['cvtpi2ps xmm0, mm1', [0x0f, 0x2a, 0xc1], MF],
    ['addps xmm0, xmm1', [0x0f, 0x58, 0xc1], undefined],
    ['fnstsw ax', [0xdf, 0xe0], undefined],
    ['fnclex', [0xdb, 0xe2], undefined],
    ['fninit', [0xdb, 0xe3], undefined],
    ['fxsave [eax]', [0x0f, 0xae, 0x00], undefined],
  ] as const)('a pending x87 exception at %s', (_, code, vector) => {
    expect(vectorOf(cpu, [...PENDING, ...code], 0, BOTH)).toBe(vector);
  });
});
