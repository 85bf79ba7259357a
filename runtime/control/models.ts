/**
 * Processors to choose from: what CPUID says of each, and the groups of instructions it has. A processor announces
 * exactly what works: everything else raises #UD. SDM vol. 2, CPUID; vol. 1, 5.1.
 */
import { CPU_LEVELS, type Cpu as Level, levelBit } from '../../translator/isa/line.ts';

/** The word of CPUID that a feature's bit is in. */
interface Feature {
  readonly leaf: 1 | 0x8000_0001;
  readonly register: 'ecx' | 'edx';
  readonly bit: number;
}
const base = (bit: number): Feature => ({ leaf: 1, register: 'edx', bit });
const later = (bit: number): Feature => ({ leaf: 1, register: 'ecx', bit });

/** Features that this project knows of. */
export const FEATURES = {
  FPU: base(0),
  VME: base(1),
  DE: base(2),
  PSE: base(3),
  TSC: base(4),
  MSR: base(5),
  PAE: base(6),
  MCE: base(7),
  CX8: base(8),
  APIC: base(9),
  SEP: base(11),
  MTRR: base(12),
  PGE: base(13),
  CMOV: base(15),
  PAT: base(16),
  CLFSH: base(19),
  MMX: base(23),
  FXSR: base(24),
  SSE: base(25),
  SSE2: base(26),
  SSE3: later(0),
  SSSE3: later(9),
  NX: { leaf: 0x8000_0001, register: 'edx', bit: 20 },
} as const satisfies Record<string, Feature>;
export type FeatureName = keyof typeof FEATURES;

export interface CpuModel {
  readonly vendor: string;
  readonly brand: string;
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
  readonly features: readonly FeatureName[];
  /** Groups of instructions it has: levelBit of each. */
  readonly levels: number;
}

/** All groups up to one. */
const upTo = (level: Level): number =>
  CPU_LEVELS.slice(0, CPU_LEVELS.indexOf(level) + 1).reduce((bits, each) => bits | levelBit(each), 0);

const ALL = { vendor: 'GenuineIntel', brand: 'vmi86 virtual CPU' } as const;
const PENTIUM: readonly FeatureName[] = ['FPU', 'VME', 'DE', 'PSE', 'TSC', 'MSR', 'CX8', 'APIC'];
const PENTIUM_3: readonly FeatureName[] = [...PENTIUM, 'PAE', 'SEP', 'PGE', 'CMOV', 'MMX', 'FXSR', 'SSE'];
const PENTIUM_4: readonly FeatureName[] = [...PENTIUM_3, 'CLFSH', 'SSE2', 'SSE3', 'SSSE3', 'NX'];

export const CPU_MODELS = {
  '486': { ...ALL, family: 4, model: 8, stepping: 0, features: ['FPU'], levels: upTo('i486') },
  pentium: { ...ALL, family: 5, model: 2, stepping: 12, features: PENTIUM, levels: upTo('pentium') },
  pentium3: { ...ALL, family: 6, model: 8, stepping: 10, features: PENTIUM_3, levels: upTo('sse') },
  /**
   * It has what the later Pentium 4 had, and SSSE3, under the signature of an in-order processor with the same instructions
   * (family 6, model 1Ch). Kernels know that one not to speculate, and leave off costly defences against it, which
   * this machine has no need of either.
   */
  pentium4: { ...ALL, family: 6, model: 0x1c, stepping: 10, features: PENTIUM_4, levels: upTo('ssse3') },
} as const satisfies Record<string, CpuModel>;
export type CpuName = keyof typeof CPU_MODELS;
export const DEFAULT_CPU: CpuName = 'pentium4';

/** Whether the processor has a feature that bits of CR4 or MSRs depend on. */
export const has = (model: CpuModel, feature: FeatureName): boolean => model.features.includes(feature);

/** Bytes of a line that CLFLUSH flushes. */
export const CACHE_LINE = 64;
/** MAXPHYADDR with PAE. */
export const PHYSICAL_ADDRESS_BITS = 36;
