/** Alignment checks of accesses at level 3. SDM vol. 3, 6.15, interrupt 17, and table 6-7. */
import { MODE, STATE } from '../../translator/layout.ts';
import { type CpuState, GuestFault, VECTOR } from '../state.ts';

/** Operands whose alignment is not their largest power of two, by bytes: far pointers, x87's ten, FXSAVE's image. */
const ALIGNMENTS: Readonly<Record<number, number>> = { 6: 4, 10: 8, 512: 1 };

/** Throws #AC(0) where alignment is checked and missing. */
export const requireAlignment = (state: CpuState, linear: number, bytes: number): void => {
  if ((state.get(STATE.mode) & MODE.alignment) === 0) return;
  const alignment = ALIGNMENTS[bytes] ?? bytes & -bytes;
  if (linear & (alignment - 1)) throw new GuestFault(VECTOR.AC, 0);
};
