/** Loading segment registers, LDTR and TR, with every check of the mode in force. SDM vol. 3, 3.4, 5.6, 5.7. */
import { CS, DS, ES, FS, GS, LDTR, SS, TR } from '../../translator/layout.ts';
import type { Cpu } from '../cpu.ts';
import { type CpuState, generalProtection, VECTOR } from '../state.ts';
import {
  ACCESS,
  baseOf,
  type Descriptor,
  dplOf,
  isAvailableTss,
  isGuarded,
  isNull,
  isPresent,
  isReadable,
  isWritableData,
  limitOf,
  markAccessed,
  readDescriptor,
  refuse,
  TSS_BUSY,
  TYPE,
  typeOf,
  VIRTUAL_8086_ACCESS,
} from './descriptors.ts';
import { cplOf, isProtected, isVirtual8086 } from './modes.ts';

/**
 * Fills a segment cache as real mode does: selector and base change, limit and D/B stay what protected mode left
 * ("big real mode"). SDM vol. 3, 10.9.2 and 21.1.1.
 */
export const setRealSegment = (state: CpuState, seg: number, selector: number): void => {
  const type = seg === CS ? 0x9b : 0x93;
  state.setSegment(
    seg,
    selector,
    selector << 4,
    state.segLimit(seg) | 0,
    type | (state.segAccess(seg) & (ACCESS.big | ACCESS.granular)),
  );
};

/** Fills a segment cache as virtual-8086 mode does. SDM vol. 3, 21.2.1. */
export const setVirtual8086Segment = (state: CpuState, seg: number, selector: number): void =>
  state.setSegment(seg, selector, selector << 4, 0xffff, VIRTUAL_8086_ACCESS);

/** Makes a segment register unusable. Base and limit stay: leaving protected mode finds them. */
export const setNullSegment = (state: CpuState, seg: number, selector: number): void =>
  state.setSegment(seg, selector, state.segBase(seg), state.segLimit(seg) | 0, 0);

/** Fills a segment cache from a descriptor, accessed bit set. */
export const setSegment = (state: CpuState, seg: number, { selector, low, high, access }: Descriptor): void =>
  state.setSegment(seg, selector, baseOf(low, high), limitOf(low, high), access | ACCESS.accessed);

/**
 * Loads ES, SS, DS, FS or GS as MOV, POP and the far pointer loads do. Throws #GP(selector), #NP(selector),
 * #SS(selector), before anything is changed. The mode is up to date afterwards.
 */
export const loadSegment = (cpu: Cpu, seg: number, selector: number): void => {
  const { state } = cpu;
  if (!isProtected(state)) setRealSegment(state, seg, selector);
  else if (isVirtual8086(state)) setVirtual8086Segment(state, seg, selector);
  else if (seg === SS) loadStackSegment(cpu, selector, cplOf(state), VECTOR.GP);
  else loadDataSegment(cpu, seg, selector, cplOf(state), VECTOR.GP);
  cpu.updateMode();
};

/** A data segment register in protected mode; `vector` is #GP, or #TS in a task switch. */
export const loadDataSegment = (cpu: Cpu, seg: number, selector: number, cpl: number, vector: number): void => {
  if (isNull(selector)) {
    setNullSegment(cpu.state, seg, selector);
    return;
  }
  const descriptor = readDescriptor(cpu, selector, vector);
  const { access } = descriptor;
  if (!isReadable(access)) refuse(vector, selector);
  if (isGuarded(access) && Math.max(cpl, selector & 3) > dplOf(access)) refuse(vector, selector);
  if (!isPresent(access)) refuse(VECTOR.NP, selector);
  markAccessed(cpu, descriptor);
  setSegment(cpu.state, seg, descriptor);
};

/**
 * The descriptor of a selector that may be the stack of level `cpl`; throws when it may not. `vector` is #GP for loads,
 * #TS for stacks that a TSS names.
 */
export const readStackDescriptor = (cpu: Cpu, selector: number, cpl: number, vector: number): Descriptor => {
  const descriptor = readDescriptor(cpu, selector, vector);
  const { access } = descriptor;
  if ((selector & 3) !== cpl || dplOf(access) !== cpl || !isWritableData(access)) refuse(vector, selector);
  if (!isPresent(access)) refuse(VECTOR.SS, selector);
  return descriptor;
};

/** SS in protected mode, for privilege level `cpl`. */
export const loadStackSegment = (cpu: Cpu, selector: number, cpl: number, vector: number): void => {
  if (isNull(selector)) refuse(vector, 0);
  const descriptor = readStackDescriptor(cpu, selector, cpl, vector);
  markAccessed(cpu, descriptor);
  setSegment(cpu.state, SS, descriptor);
};

/** After a return to an outer level: segment registers it may not use become null. SDM vol. 3, 5.8.6. */
export const dropInnerSegments = (state: CpuState, cpl: number): void => {
  dropInnerSegment(state, ES, cpl);
  dropInnerSegment(state, DS, cpl);
  dropInnerSegment(state, FS, cpl);
  dropInnerSegment(state, GS, cpl);
};

const dropInnerSegment = (state: CpuState, seg: number, cpl: number): void => {
  const access = state.segAccess(seg);
  if (dplOf(access) < cpl && isPresent(access) && isGuarded(access)) setNullSegment(state, seg, 0);
};

/** LDTR. `vector` is #GP for LLDT, #TS in a task switch, which also refuses a missing LDT that way. */
export const loadLdt = (cpu: Cpu, selector: number, vector: number): void => {
  const { state } = cpu;
  if (isNull(selector)) {
    state.setSegment(LDTR, selector, 0, 0, 0);
    return;
  }
  if (selector & 4) refuse(vector, selector);
  const { low, high, access } = readDescriptor(cpu, selector, vector);
  if (typeOf(access) !== TYPE.ldt) refuse(vector, selector);
  if (!isPresent(access)) refuse(vector === VECTOR.TS ? VECTOR.TS : VECTOR.NP, selector);
  state.setSegment(LDTR, selector, baseOf(low, high), limitOf(low, high), access);
};

/** LTR: loads TR and marks the TSS busy. Throws #GP, #NP. SDM vol. 3, 7.2.4. */
export const loadTaskRegister = (cpu: Cpu, selector: number): void => {
  if (isNull(selector)) generalProtection();
  if (selector & 4) refuse(VECTOR.GP, selector);
  const { at, low, high, access } = readDescriptor(cpu, selector, VECTOR.GP);
  if (!isAvailableTss(access)) refuse(VECTOR.GP, selector);
  if (!isPresent(access)) refuse(VECTOR.NP, selector);
  cpu.mmu.linear.system.write8((at + 5) | 0, (access | TSS_BUSY) & 0xff);
  cpu.state.setSegment(TR, selector, baseOf(low, high), limitOf(low, high), access | TSS_BUSY);
};

/** Whether the TSS in force is a 32-bit one. */
export const taskIs32 = (state: CpuState): boolean => (state.segAccess(TR) & 8) !== 0;

/** Throws #GP(0) unless `eip` (unsigned) lies within the code segment described. */
export const checkCodeOffset = ({ low, high }: Descriptor, eip: number): void => {
  if (eip > limitOf(low, high) >>> 0) generalProtection();
};

/** Fills CS from a descriptor; the selector's RPL becomes `cpl`. Checks have been made. */
export const setCodeSegment = (state: CpuState, descriptor: Descriptor, cpl: number): void =>
  setSegment(state, CS, { ...descriptor, selector: (descriptor.selector & 0xfffc) | cpl });
