/** Register values after RESET. SDM vol. 3, table 9-1; the loader of a kernel sets what it needs on top. */
import { CARRY_PAIRS } from '../translator/flags.ts';
import { CS, LDTR, STATE, STATE_SIZE, TR } from '../translator/layout.ts';
import type { CpuState } from './state.ts';

/** Present, writable, accessed data; the same for code is readable. */
const REAL_DATA = 0x93;
const REAL_CODE = 0x9b;
const CR0_ET = 0x10;

/** What is around the CPU, and not of it. */
const KEPT = [
  STATE.request,
  STATE.levels,
  STATE.deliveryWatched,
  STATE.observed,
  STATE.hostPage,
  STATE.hostCallsLeft,
  STATE.patience,
] as const;

export const resetState = (state: CpuState): void => {
  const kept = KEPT.map((at) => [at, state.get(at)] as const);
  state.u8.fill(0, 0, STATE_SIZE);
  for (const [at, value] of kept) state.set(at, value);
  state.set(STATE.faultVector, -1);
  state.set(STATE.eflags, 2);
  state.set(STATE.cr0, CR0_ET);
  for (let seg = 0; seg < 6; seg++) state.setSegment(seg, 0, 0, 0xffff, REAL_DATA);
  state.setSegment(CS, 0xf000, 0xffff0000 | 0, 0xffff, REAL_CODE);
  state.setSegment(LDTR, 0, 0, 0xffff, 0x82);
  state.setSegment(TR, 0, 0, 0xffff, 0x8b);
  state.set(STATE.eip, 0xfff0);
  state.set(STATE.gdtLimit, 0xffff);
  state.set(STATE.idtLimit, 0x3ff);
  state.set(STATE.dr + 6 * 4, 0xffff0ff0 | 0);
  state.set(STATE.dr + 7 * 4, 0x400);
  state.set(STATE.fpuControl, 0x40);
  state.set(STATE.fpuTag, 0x5555);
  state.set(STATE.mxcsr, 0x1f80);
  // ZF is derived from the result word: 1 stands for "no flag set".
  state.set(STATE.flagResult, 1);
  CARRY_PAIRS.flat().forEach((word, n) => {
    state.set(STATE.carryPairs + 4 * n, word);
  });
};
