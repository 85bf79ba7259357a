/** Each processor has the instructions that it announces, and no others, in every engine. */
import { describe, expect, test } from 'vitest';
import { CPU_MODELS, type CpuName } from '../../runtime/control/models.ts';
import { type CpuEngine, createCpu } from '../../src/index.ts';

const CODE = 0x1000;
const HLT = 0xf4;
const UD = 6;
const CR4_SSE = 0x600;

interface Instruction {
  readonly name: string;
  readonly code: readonly number[];
  /** Processors that have it. */
  readonly on: readonly CpuName[];
}
const ALL: readonly CpuName[] = ['486', 'pentium', 'pentium3', 'pentium4'];
const INSTRUCTIONS: readonly Instruction[] = [
  { name: 'bswap eax', code: [0x0f, 0xc8], on: ALL },
  { name: 'rdtsc', code: [0x0f, 0x31], on: ALL.slice(1) },
  { name: 'cmpxchg8b [eax]', code: [0x0f, 0xc7, 0x08], on: ALL.slice(1) },
  { name: 'cmovz eax, ecx', code: [0x0f, 0x44, 0xc1], on: ALL.slice(2) },
  { name: 'fcmovb st, st', code: [0xda, 0xc0], on: ALL.slice(2) },
  { name: 'paddb mm0, mm1', code: [0x0f, 0xfc, 0xc1], on: ALL.slice(2) },
  { name: 'fxsave [eax]', code: [0x0f, 0xae, 0x00], on: ALL.slice(2) },
  { name: 'addps xmm0, xmm1', code: [0x0f, 0x58, 0xc1], on: ALL.slice(2) },
  { name: 'pavgb mm0, mm1', code: [0x0f, 0xe0, 0xc1], on: ALL.slice(2) },
  { name: 'addsd xmm0, xmm1', code: [0xf2, 0x0f, 0x58, 0xc1], on: ALL.slice(3) },
  { name: 'paddb xmm0, xmm1', code: [0x66, 0x0f, 0xfc, 0xc1], on: ALL.slice(3) },
  { name: 'paddq mm0, mm1', code: [0x0f, 0xd4, 0xc1], on: ALL.slice(3) },
  { name: 'haddps xmm0, xmm1', code: [0xf2, 0x0f, 0x7c, 0xc1], on: ALL.slice(3) },
  { name: 'pshufb xmm0, xmm1', code: [0x66, 0x0f, 0x38, 0x00, 0xc1], on: ALL.slice(3) },
  { name: 'palignr mm0, mm1, 3', code: [0x0f, 0x3a, 0x0f, 0xc1, 3], on: ALL.slice(3) },
  { name: 'fisttp dword [eax]', code: [0xdb, 0x08], on: ALL.slice(3) },
];

const ENGINES: readonly CpuEngine[] = ['interpreter', 'translator'];

describe.each(ALL)('the %s', (cpu) => {
  test.each(ENGINES)('has its own instructions and no others (%s)', async (engine) => {
    const bare = await createCpu({ cpu, engine, memory: 1 << 16 });
    for (const { name, code, on } of INSTRUCTIONS) {
      // The second time it is hot, or in a region.
      for (let times = 0; times < 2; times++) {
        bare.reset();
        bare.enterFlatMode(0);
        bare.registers.cr4 = CR4_SSE;
        bare.registers.eax = 0x2000;
        bare.load(CODE, Uint8Array.from([0x90, ...code, HLT]));
        bare.registers.eip = CODE;
        const reason = bare.run({ instructions: 100, fault: true });
        expect([name, reason, bare.fault?.vector]).toEqual([
          name,
          ...(on.includes(cpu) ? ['halt', undefined] : ['fault', UD]),
        ]);
      }
    }
    await bare.close();
  });

  test('announces them', async () => {
    const bare = await createCpu({ cpu, engine: 'interpreter', memory: 1 << 16 });
    bare.enterFlatMode(0);
    bare.registers.eax = 1;
    // cpuid; hlt
    bare.load(CODE, Uint8Array.of(0x0f, 0xa2, HLT));
    bare.registers.eip = CODE;
    bare.run();
    const bit = (word: number, n: number): boolean => ((word >>> n) & 1) === 1;
    const { edx, ecx } = bare.registers;
    const announced = {
      cx8: bit(edx, 8),
      cmov: bit(edx, 15),
      mmx: bit(edx, 23),
      sse: bit(edx, 25),
      sse2: bit(edx, 26),
    };
    const at = ALL.indexOf(cpu);
    expect(announced).toEqual({ cx8: at >= 1, cmov: at >= 2, mmx: at >= 2, sse: at >= 2, sse2: at >= 3 });
    expect({ sse3: bit(ecx, 0), ssse3: bit(ecx, 9) }).toEqual({ sse3: at >= 3, ssse3: at >= 3 });
    expect((bare.registers.eax >>> 8) & 0xf).toBe(CPU_MODELS[cpu].family);
    await bare.close();
  });

  test('refuses bits of CR4 for what it lacks', async () => {
    const bare = await createCpu({ cpu, engine: 'interpreter', memory: 1 << 16 });
    bare.enterFlatMode(0);
    bare.registers.eax = 0x200;
    // mov cr4, eax; hlt
    bare.load(CODE, Uint8Array.of(0x0f, 0x22, 0xe0, HLT));
    bare.registers.eip = CODE;
    expect(bare.run({ fault: true })).toBe(ALL.indexOf(cpu) >= 2 ? 'halt' : 'fault');
    await bare.close();
  });
});

test('a processor that is not there is refused in one line', async () => {
  await expect(createCpu({ cpu: 'pentium5' as CpuName })).rejects.toThrow(
    "cpu: 'pentium5' is none of 486, pentium, pentium3, pentium4",
  );
});
