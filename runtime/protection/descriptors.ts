/**
 * Segment and gate descriptors: where they lie, what their two words say. A descriptor is handled as its two
 * 32-bit words `low` and `high`, so that reading one allocates nothing. SDM vol. 3, 3.4.5 and 3.5.
 */
import { ACCESS } from '../../translator/access.ts';
import { LDTR, STATE } from '../../translator/layout.ts';
import type { Cpu } from '../cpu.ts';
import { GuestFault } from '../state.ts';

export { ACCESS, FLAT_CODE, FLAT_DATA, VIRTUAL_8086_ACCESS } from '../../translator/access.ts';

/** Types of system descriptors: S clear, bits 0-4 of the access word. SDM vol. 3, table 3-2. */
export const TYPE = {
  tss16: 0x1,
  ldt: 0x2,
  busyTss16: 0x3,
  callGate16: 0x4,
  taskGate: 0x5,
  interruptGate16: 0x6,
  trapGate16: 0x7,
  tss32: 0x9,
  busyTss32: 0xb,
  callGate32: 0xc,
  interruptGate32: 0xe,
  trapGate32: 0xf,
} as const;
/** Set in a busy TSS's type, clear in an available one's. */
export const TSS_BUSY = 2;
/** Set in the types of 32-bit TSSs and gates. */
export const TYPE_32 = 8;

export const accessOf = (high: number): number => (high >>> 8) & 0xf0ff;
export const baseOf = (low: number, high: number): number =>
  (low >>> 16) | ((high & 0xff) << 16) | (high & 0xff00_0000);
/** Limit in bytes, granularity applied; signed like every state word. */
export const limitOf = (low: number, high: number): number => {
  const limit = (low & 0xffff) | (high & 0xf_0000);
  return high & 0x80_0000 ? (limit << 12) | 0xfff : limit;
};
/** S and type. */
export const typeOf = (access: number): number => access & 0x1f;
export const dplOf = (access: number): number => (access >> 5) & 3;
export const isPresent = (access: number): boolean => (access & ACCESS.present) !== 0;
export const isCode = (access: number): boolean =>
  (access & (ACCESS.segment | ACCESS.code)) === (ACCESS.segment | ACCESS.code);
export const isConforming = (access: number): boolean => (access & ACCESS.conforming) !== 0;
export const isWritableData = (access: number): boolean =>
  (access & (ACCESS.segment | ACCESS.code | ACCESS.readWrite)) === (ACCESS.segment | ACCESS.readWrite);
/** Data, or code that may be read. */
export const isReadable = (access: number): boolean =>
  (access & ACCESS.segment) !== 0 && (access & (ACCESS.code | ACCESS.readWrite)) !== ACCESS.code;
/** Data and non-conforming code: what privilege levels guard. */
export const isGuarded = (access: number): boolean =>
  (access & (ACCESS.code | ACCESS.conforming)) !== (ACCESS.code | ACCESS.conforming);
export const isAvailableTss = (access: number): boolean =>
  typeOf(access) === TYPE.tss16 || typeOf(access) === TYPE.tss32;
export const isBusyTss = (access: number): boolean =>
  typeOf(access) === TYPE.busyTss16 || typeOf(access) === TYPE.busyTss32;

/** Fields of gates: target selector and offset. SDM vol. 3, 5.8.3 and 6.11. */
export const gateSelector = (low: number): number => low >>> 16;
export const gateOffset = (low: number, high: number, wide: boolean): number =>
  wide ? ((high & 0xffff_0000) | (low & 0xffff)) >>> 0 : low & 0xffff;

export const isNull = (selector: number): boolean => (selector & 0xfffc) === 0;
/** What an error code says about a selector: index and table, EXT and IDT clear. SDM vol. 3, 6.13. */
export const selectorCode = (selector: number): number => selector & 0xfffc;

/** Whether the selector's descriptor lies within its table. */
export const isInTable = (cpu: Cpu, selector: number): boolean => {
  const { state } = cpu;
  const last = (selector & 0xfff8) + 7;
  if (!(selector & 4)) return last <= state.get(STATE.gdtLimit);
  return isPresent(state.segAccess(LDTR)) && last <= state.segLimit(LDTR);
};

/** Linear address of the selector's descriptor, which must lie within its table. */
export const descriptorAddress = (cpu: Cpu, selector: number): number => {
  const { state } = cpu;
  const base = selector & 4 ? state.segBase(LDTR) : state.get(STATE.gdtBase);
  return (base + (selector & 0xfff8)) | 0;
};

/** Throws `vector`(selector): a descriptor was found wanting. */
export const refuse = (vector: number, selector: number): never => {
  throw new GuestFault(vector, selectorCode(selector));
};

/** A descriptor as it was read. */
export interface Descriptor {
  readonly selector: number;
  /** Linear address. */
  readonly at: number;
  readonly low: number;
  readonly high: number;
  /** Of the high word. */
  readonly access: number;
}

/** Reads the selector's descriptor. Throws `vector`(selector) when it lies outside its table. */
export const readDescriptor = (cpu: Cpu, selector: number, vector: number): Descriptor => {
  if (!isInTable(cpu, selector)) refuse(vector, selector);
  const memory = cpu.mmu.linear.system;
  const at = descriptorAddress(cpu, selector);
  const low = memory.read32(at);
  const high = memory.read32((at + 4) | 0);
  return { selector, at, low, high, access: accessOf(high) };
};

/** Sets the accessed bit of a code or data descriptor, in memory. */
export const markAccessed = (cpu: Cpu, { at, high }: Descriptor): void => {
  if (!(high & (ACCESS.accessed << 8))) {
    cpu.mmu.linear.system.write8((at + 5) | 0, ((high >>> 8) & 0xff) | ACCESS.accessed);
  }
};

/** Whether `bytes` at `offset` (unsigned) lie within a segment's limit (unsigned). SDM vol. 3, 5.3. */
export const withinLimit = (limit: number, access: number, offset: number, bytes: number): boolean => {
  const last = offset + bytes - 1;
  if ((access & (ACCESS.code | ACCESS.expandDown)) === ACCESS.expandDown) {
    return offset > limit && last <= (access & ACCESS.big ? 0xffff_ffff : 0xffff);
  }
  // With a 4 GiB limit the manual leaves wrapping open; translated code, which does not check, wraps.
  return last <= limit || limit === 0xffff_ffff;
};
