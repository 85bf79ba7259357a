/** The FPU's registers and status as the instructions executed in TypeScript see them. SDM vol. 1, 8.1. */
import { STATE } from '../../translator/layout.ts';
import {
  EXCEPTIONS,
  EXPONENT,
  INDEFINITE_EXPONENT,
  INDEFINITE_SIGNIFICAND,
  QUIET_BIT,
  SIGN,
  STACK_OVERFLOW,
  STACK_UNDERFLOW,
  STATUS,
  SUPPRESSING,
  TOP_SHIFT,
} from '../../translator/x87/words.ts';
import type { Cpu } from '../cpu.ts';
import { type CpuState, GuestFault, VECTOR } from '../state.ts';

/** A register: 64-bit significand, and sign with exponent. */
export interface Extended {
  readonly significand: bigint;
  readonly signExponent: number;
}

export const INDEFINITE: Extended = { significand: INDEFINITE_SIGNIFICAND, signExponent: INDEFINITE_EXPONENT };
const EMPTY = 3;

const CR0 = { EM: 1 << 2, TS: 1 << 3 } as const;

/** Throws #NM where the FPU is not to be used, and, where the instruction waits, #MF for a pending exception: FERR# with CR0.NE clear. */
export const claimFpu = ({ state }: Cpu, waits = true): void => {
  const cr0 = state.get(STATE.cr0);
  if (cr0 & (CR0.EM | CR0.TS)) throw new GuestFault(VECTOR.NM);
  if (waits && isErrorPending(state)) throw new GuestFault(VECTOR.MF);
};

/** Physical number of ST(index). */
export const physical = (state: CpuState, index: number): number =>
  ((state.get(STATE.fpuStatus) >> TOP_SHIFT) + index) & 7;

export const isEmpty = (state: CpuState, index: number): boolean =>
  ((state.get(STATE.fpuTag) >> (2 * physical(state, index))) & EMPTY) === EMPTY;

export const read = (state: CpuState, index: number): Extended => {
  const at = STATE.fpu + 16 * physical(state, index);
  return { significand: state.u64[at >> 3]!, signExponent: state.u16[(at + 8) >> 1]! };
};

/** Writes ST(index), which is not empty from then on. */
export const write = (state: CpuState, index: number, { significand, signExponent }: Extended): void => {
  const n = physical(state, index);
  const at = STATE.fpu + 16 * n;
  state.u64[at >> 3] = significand;
  state.u16[(at + 8) >> 1] = signExponent;
  state.set(STATE.fpuTag, state.get(STATE.fpuTag) & ~(EMPTY << (2 * n)));
};

const moveTop = (state: CpuState, by: number): void => {
  const status = state.get(STATE.fpuStatus);
  state.set(STATE.fpuStatus, (status & ~STATUS.TOP) | ((status + (by << TOP_SHIFT)) & STATUS.TOP));
};

/** Pushes; nothing is checked. */
export const push = (state: CpuState, value: Extended): void => {
  moveTop(state, -1);
  write(state, 0, value);
};
/** Pops; nothing is checked. */
export const pop = (state: CpuState): void => {
  state.set(STATE.fpuTag, state.get(STATE.fpuTag) | (EMPTY << (2 * physical(state, 0))));
  moveTop(state, 1);
};

/** Replaces these bits of the status word. */
export const setStatus = (state: CpuState, mask: number, value: number): void =>
  state.set(STATE.fpuStatus, (state.get(STATE.fpuStatus) & ~mask) | value);

/**
 * Sets exception flags, and C1, which is otherwise cleared; ES and B where one is unmasked. True when an unmasked
 * exception forbids delivering a result.
 */
export const raise = (state: CpuState, flags: number): boolean => {
  const unmasked = flags & ~state.get(STATE.fpuControl) & EXCEPTIONS;
  setStatus(state, STATUS.C1, flags | (unmasked ? STATUS.ES | STATUS.B : 0));
  return (unmasked & SUPPRESSING) !== 0;
};

/** ES and B as flags and masks have them. */
export const summarize = (state: CpuState): void => {
  const pending = state.get(STATE.fpuStatus) & ~state.get(STATE.fpuControl) & EXCEPTIONS;
  setStatus(state, STATUS.ES | STATUS.B, pending ? STATUS.ES | STATUS.B : 0);
};

export const isErrorPending = (state: CpuState): boolean => (state.get(STATE.fpuStatus) & STATUS.ES) !== 0;

/** Does something as if no exception were pending. */
export const withoutSummary = (state: CpuState, action: () => void): void => {
  setStatus(state, STATUS.ES | STATUS.B, 0);
  action();
  summarize(state);
};

export const underflow = (state: CpuState): boolean => raise(state, STACK_UNDERFLOW);
export const overflow = (state: CpuState): boolean => raise(state, STACK_OVERFLOW);

export type Kind = 'zero' | 'denormal' | 'normal' | 'infinite' | 'quiet' | 'signaling' | 'unsupported';

/** The class of an encoding. SDM vol. 1, 4.8 and 8.2.2. */
export const kindOf = ({ significand, signExponent }: Extended): Kind => {
  const exponent = signExponent & EXPONENT;
  if (exponent === 0) return significand ? 'denormal' : 'zero';
  if (significand >> 63n === 0n) return 'unsupported';
  if (exponent !== EXPONENT) return 'normal';
  if (BigInt.asUintN(63, significand) === 0n) return 'infinite';
  return significand & QUIET_BIT ? 'quiet' : 'signaling';
};
export const isNan = (kind: Kind): boolean => kind === 'quiet' || kind === 'signaling';
export const quieted = (value: Extended): Extended => ({ ...value, significand: value.significand | QUIET_BIT });

export const infinity = (sign: number): Extended => ({ significand: 1n << 63n, signExponent: sign | EXPONENT });
export const zero = (sign: number): Extended => ({ significand: 0n, signExponent: sign });
export const signOf = ({ signExponent }: Extended): number => signExponent & SIGN;
