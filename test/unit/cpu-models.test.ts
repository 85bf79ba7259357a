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
  { name: 'rdmsr', code: [0xb9, 0x10, 0, 0, 0, 0x0f, 0x32], on: ALL.slice(1) },
  { name: 'clflush [eax]', code: [0x0f, 0xae, 0x38], on: ALL.slice(3) },
  { name: 'mfence', code: [0x0f, 0xae, 0xf0], on: ALL.slice(3) },
  { name: 'sfence', code: [0x0f, 0xae, 0xf8], on: ALL.slice(2) },
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

/** Of CPUID leaf 1. The local APIC is the board's, and a bare CPU has none. */
interface FeatureBit {
  readonly name: string;
  readonly bit: number;
  /** In ECX, not in EDX. */
  readonly ecx?: boolean;
  readonly on: readonly CpuName[];
}
const FEATURE_BITS: readonly FeatureBit[] = [
  { name: 'FPU', bit: 0, on: ALL },
  { name: 'VME', bit: 1, on: ALL.slice(1) },
  { name: 'DE', bit: 2, on: ALL.slice(1) },
  { name: 'PSE', bit: 3, on: ALL.slice(1) },
  { name: 'TSC', bit: 4, on: ALL.slice(1) },
  { name: 'MSR', bit: 5, on: ALL.slice(1) },
  { name: 'PAE', bit: 6, on: ALL.slice(2) },
  { name: 'CX8', bit: 8, on: ALL.slice(1) },
  { name: 'SEP', bit: 11, on: ALL.slice(2) },
  { name: 'PGE', bit: 13, on: ALL.slice(2) },
  { name: 'CMOV', bit: 15, on: ALL.slice(2) },
  { name: 'CLFSH', bit: 19, on: ALL.slice(3) },
  { name: 'MMX', bit: 23, on: ALL.slice(2) },
  { name: 'FXSR', bit: 24, on: ALL.slice(2) },
  { name: 'SSE', bit: 25, on: ALL.slice(2) },
  { name: 'SSE2', bit: 26, on: ALL.slice(3) },
  { name: 'SSE3', bit: 0, ecx: true, on: ALL.slice(3) },
  { name: 'SSSE3', bit: 9, ecx: true, on: ALL.slice(3) },
];

const CR4_BITS: readonly { name: string; bit: number; on: readonly CpuName[] }[] = [
  { name: 'VME', bit: 0, on: ALL.slice(1) },
  { name: 'PVI', bit: 1, on: ALL.slice(1) },
  { name: 'TSD', bit: 2, on: ALL.slice(1) },
  { name: 'DE', bit: 3, on: ALL.slice(1) },
  { name: 'PSE', bit: 4, on: ALL.slice(1) },
  { name: 'PAE', bit: 5, on: ALL.slice(2) },
  { name: 'MCE', bit: 6, on: [] },
  { name: 'PGE', bit: 7, on: ALL.slice(2) },
  { name: 'PCE', bit: 8, on: ALL.slice(2) },
  { name: 'OSFXSR', bit: 9, on: ALL.slice(2) },
  { name: 'OSXMMEXCPT', bit: 10, on: ALL.slice(2) },
  { name: 'UMIP', bit: 11, on: [] },
  { name: 'VMXE', bit: 13, on: [] },
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
    const { edx, ecx } = bare.registers;
    const announced = FEATURE_BITS.filter(({ ecx: later, bit }) => (((later ? ecx : edx) >>> bit) & 1) === 1);
    expect(announced.map(({ name }) => name)).toEqual(
      FEATURE_BITS.filter(({ on }) => on.includes(cpu)).map(({ name }) => name),
    );
    // And nothing else.
    const known = (later: boolean): number =>
      FEATURE_BITS.filter((feature) => (feature.ecx ?? false) === later).reduce(
        (bits, { bit }) => bits | (1 << bit),
        0,
      );
    expect([edx & ~known(false), ecx & ~known(true)]).toEqual([0, 0]);
    expect((bare.registers.eax >>> 8) & 0xf).toBe(CPU_MODELS[cpu].family);
    await bare.close();
  });

  test('refuses bits of CR4 for what it lacks', async () => {
    const bare = await createCpu({ cpu, engine: 'interpreter', memory: 1 << 16 });
    const accepted = CR4_BITS.map(({ bit }) => {
      bare.reset();
      bare.enterFlatMode(0);
      bare.registers.eax = 1 << bit;
      // mov cr4, eax; hlt
      bare.load(CODE, Uint8Array.of(0x0f, 0x22, 0xe0, HLT));
      bare.registers.eip = CODE;
      return bare.run({ fault: true }) === 'halt';
    });
    expect(accepted).toEqual(CR4_BITS.map(({ on }) => on.includes(cpu)));
    await bare.close();
  });
});

test('a processor that is not there is refused in one line', async () => {
  await expect(createCpu({ cpu: 'pentium5' as CpuName })).rejects.toThrow(
    "cpu: 'pentium5' is none of 486, pentium, pentium3, pentium4",
  );
});
