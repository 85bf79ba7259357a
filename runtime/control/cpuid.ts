/** CPUID: what a model tells of itself. SDM vol. 2, CPUID, tables 3-8 to 3-11. */
import type { HostInstruction } from '../cpu.ts';
import { CACHE_LINE, type CpuModel, FEATURES, has } from './models.ts';

/** EAX, EBX, ECX, EDX. */
type Leaf = readonly [number, number, number, number];

const word = (text: string, at: number): number =>
  [0, 1, 2, 3].reduce((value, byte) => value | ((text.charCodeAt(at + byte) || 0) << (byte * 8)), 0);

const featureWord = (model: CpuModel, leaf: number, register: 'ecx' | 'edx'): number =>
  model.features
    .map((name) => FEATURES[name])
    .filter((feature) => feature.leaf === leaf && feature.register === register)
    .reduce((bits, feature) => bits | (1 << feature.bit), 0);

const brandPart = ({ brand }: CpuModel, part: number): Leaf => {
  const at = part * 16;
  return [word(brand, at), word(brand, at + 4), word(brand, at + 8), word(brand, at + 12)];
};

const BASIC_MAX = 1;
const EXTENDED_MAX = 0x8000_0004;

const leavesOf = (cpu: CpuModel): ReadonlyMap<number, Leaf> => {
  const { vendor, family, model, stepping } = cpu;
  const signature = ((model >> 4) << 16) | (family << 8) | ((model & 0xf) << 4) | stepping;
  const flushed = has(cpu, 'CLFSH') ? (CACHE_LINE / 8) << 8 : 0;
  return new Map<number, Leaf>([
    [0, [BASIC_MAX, word(vendor, 0), word(vendor, 8), word(vendor, 4)]],
    [1, [signature, flushed, featureWord(cpu, 1, 'ecx'), featureWord(cpu, 1, 'edx')]],
    [0x8000_0000, [EXTENDED_MAX, 0, 0, 0]],
    [0x8000_0001, [0, 0, featureWord(cpu, 0x8000_0001, 'ecx'), featureWord(cpu, 0x8000_0001, 'edx')]],
    [0x8000_0002, brandPart(cpu, 0)],
    [0x8000_0003, brandPart(cpu, 1)],
    [0x8000_0004, brandPart(cpu, 2)],
  ]);
};
const known = new Map<CpuModel, ReadonlyMap<number, Leaf>>();

/** Registers for a leaf (unsigned); leaves beyond the last one answer as the highest basic leaf. */
export const leafOf = (model: CpuModel, leaf: number): Leaf => {
  let leaves = known.get(model);
  if (!leaves) {
    leaves = leavesOf(model);
    known.set(model, leaves);
  }
  return leaves.get(leaf) ?? leaves.get(BASIC_MAX)!;
};

/** IA32_APIC_BASE, bit 11: a local APIC switched off is not announced. SDM vol. 3, 10.4.3. */
const APIC_ENABLED = 1 << 11;

const cpuid: HostInstruction = ({ state, board, model }) => {
  const leaf = state.gpr(0) >>> 0;
  const [eax, ebx, ecx, features] = leafOf(model, leaf);
  const hidden = leaf === 1 && !(board.apicBase & APIC_ENABLED) ? 1 << FEATURES.APIC.bit : 0;
  state.setGpr(0, eax);
  state.setGpr(3, ebx);
  state.setGpr(1, ecx);
  state.setGpr(2, features & ~hidden);
};

export const CPUID: Record<string, HostInstruction> = { cpuid };
