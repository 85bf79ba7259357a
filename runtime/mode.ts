/** STATE.mode: which assumptions hold, worked out from the registers they depend on. */

import { CR0, CR4 } from '../translator/control-bits.ts';
import { CS, DS, EFLAGS, ES, FS, GS, MODE, SS, STATE } from '../translator/layout.ts';
import { hasBreakpoints } from './debug.ts';
import { ACCESS, isReadable, isWritableData } from './protection/descriptors.ts';
import { cplOf, ioplOf, isVirtual8086 } from './protection/modes.ts';
import type { CpuState } from './state.ts';

/** Every offset of the segment is valid: no limit to check, and base added modulo 2^32. */
const isUnlimited = (state: CpuState, seg: number): boolean =>
  state.segLimit(seg) === 0xffff_ffff && (state.segAccess(seg) & (ACCESS.present | 0x1c)) === (ACCESS.present | 0x10);

/** Data segment without limit, readable and writable, not expand-down. */
const isFlatData = (state: CpuState, seg: number): boolean =>
  isUnlimited(state, seg) && isWritableData(state.segAccess(seg));

const isFlatCode = (state: CpuState): boolean => {
  const access = state.segAccess(CS);
  return state.segLimit(CS) === 0xffff_ffff && state.segBase(CS) === 0 && isReadable(access);
};

/** SDM vol. 3, 6.15, interrupt 17. */
const checksAlignment = (state: CpuState): boolean =>
  cplOf(state) === 3 && (state.get(STATE.cr0) & CR0.AM) !== 0 && (state.get(STATE.eflags) & EFLAGS.AC) !== 0;

export const computeMode = (state: CpuState): number => {
  const big = (seg: number) => (state.segAccess(seg) & ACCESS.big) !== 0;
  const cr0 = state.get(STATE.cr0);
  let mode = 0;
  const alignment = checksAlignment(state);
  if (
    !alignment &&
    isFlatCode(state) &&
    [ES, SS, DS].every((seg) => isFlatData(state, seg) && state.segBase(seg) === 0)
  ) {
    mode |= MODE.flat;
  }
  if (!alignment && isFlatData(state, FS)) mode |= MODE.flatFs;
  if (!alignment && isFlatData(state, GS)) mode |= MODE.flatGs;
  if (big(CS)) mode |= MODE.code32;
  if (big(SS)) mode |= MODE.stack32;
  if (cplOf(state) === 3) mode |= MODE.user;
  if (!isVirtual8086(state) && ioplOf(state) >= cplOf(state)) mode |= MODE.iopl;
  if (state.get(STATE.eflags) & EFLAGS.TF || hasBreakpoints(state)) mode |= MODE.debug;
  if (cr0 & (CR0.EM | CR0.TS)) mode |= MODE.noFpu;
  if (cr0 & (CR0.EM | CR0.TS) || !(state.get(STATE.cr4) & CR4.OSFXSR)) mode |= MODE.noSse;
  if (alignment) mode |= MODE.alignment;
  return mode;
};

/** Default operand and address size of the code segment, in bits. */
export const codeSize = (state: CpuState): 16 | 32 => (state.get(STATE.mode) & MODE.code32 ? 32 : 16);
export const isFlat = (state: CpuState): boolean => (state.get(STATE.mode) & MODE.flat) !== 0;
