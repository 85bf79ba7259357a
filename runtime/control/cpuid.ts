/**
 * The CPU model: what CPUID tells. Features are data; what depends on one (a bit of CR4, an MSR) asks `has`.
 * SDM vol. 2, CPUID, tables 3-8 to 3-11.
 */
import type { HostInstruction } from '../cpu.ts';

interface Feature {
  readonly leaf: 1 | 0x8000_0001;
  readonly register: 'ecx' | 'edx';
  readonly bit: number;
}
const base = (bit: number): Feature => ({ leaf: 1, register: 'edx', bit });

/** Features that this project knows of; the model below has some of them. */
const FEATURES = {
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
  MMX: base(23),
  FXSR: base(24),
  SSE: base(25),
  SSE2: base(26),
  NX: { leaf: 0x8000_0001, register: 'edx', bit: 20 },
} as const satisfies Record<string, Feature>;
export type FeatureName = keyof typeof FEATURES;

export const MODEL = {
  vendor: 'GenuineIntel',
  brand: 'vmi86 virtual CPU',
  /**
   * Family 6, model 1Ch: an in-order processor. Kernels know that it does not speculate and leave their costly
   * defences against that off, which this machine has no need of either.
   */
  family: 6,
  model: 0x1c,
  stepping: 10,
  features: ['FPU', 'DE', 'PSE', 'TSC', 'MSR', 'PAE', 'CX8', 'APIC', 'SEP', 'PGE', 'CMOV', 'NX'],
} as const satisfies {
  vendor: string;
  brand: string;
  family: number;
  model: number;
  stepping: number;
  features: readonly FeatureName[];
};

/** MAXPHYADDR with PAE. */
export const PHYSICAL_ADDRESS_BITS = 36;

const present: ReadonlySet<FeatureName> = new Set(MODEL.features);
export const has = (feature: FeatureName): boolean => present.has(feature);

/** EAX, EBX, ECX, EDX. */
type Leaf = readonly [number, number, number, number];

const word = (text: string, at: number): number =>
  [0, 1, 2, 3].reduce((value, byte) => value | ((text.charCodeAt(at + byte) || 0) << (byte * 8)), 0);

const featureWord = (leaf: Feature['leaf'], register: Feature['register']): number =>
  MODEL.features
    .map((name): Feature => FEATURES[name])
    .filter((feature) => feature.leaf === leaf && feature.register === register)
    .reduce((bits, feature) => bits | (1 << feature.bit), 0);

const SIGNATURE = ((MODEL.model >> 4) << 16) | (MODEL.family << 8) | ((MODEL.model & 0xf) << 4) | MODEL.stepping;
const brand = (part: number): Leaf => {
  const at = part * 16;
  return [word(MODEL.brand, at), word(MODEL.brand, at + 4), word(MODEL.brand, at + 8), word(MODEL.brand, at + 12)];
};

const BASIC_MAX = 1;
const EXTENDED_MAX = 0x8000_0004;
const LEAVES: ReadonlyMap<number, Leaf> = new Map<number, Leaf>([
  [0, [BASIC_MAX, word(MODEL.vendor, 0), word(MODEL.vendor, 8), word(MODEL.vendor, 4)]],
  [1, [SIGNATURE, 0, featureWord(1, 'ecx'), featureWord(1, 'edx')]],
  [0x8000_0000, [EXTENDED_MAX, 0, 0, 0]],
  [0x8000_0001, [0, 0, featureWord(0x8000_0001, 'ecx'), featureWord(0x8000_0001, 'edx')]],
  [0x8000_0002, brand(0)],
  [0x8000_0003, brand(1)],
  [0x8000_0004, brand(2)],
]);

/** Registers for a leaf (unsigned); leaves beyond the last one answer as the highest basic leaf. */
export const leafOf = (leaf: number): Leaf => LEAVES.get(leaf) ?? LEAVES.get(BASIC_MAX)!;

/** IA32_APIC_BASE, bit 11: a local APIC switched off is not announced. SDM vol. 3, 10.4.3. */
const APIC_ENABLED = 1 << 11;

const cpuid: HostInstruction = ({ state, board }) => {
  const leaf = state.gpr(0) >>> 0;
  const [eax, ebx, ecx, features] = leafOf(leaf);
  const hidden = leaf === 1 && !(board.apicBase & APIC_ENABLED) ? 1 << FEATURES.APIC.bit : 0;
  const edx = features & ~hidden;
  state.setGpr(0, eax);
  state.setGpr(3, ebx);
  state.setGpr(1, ecx);
  state.setGpr(2, edx);
};

export const CPUID: Record<string, HostInstruction> = { cpuid };
