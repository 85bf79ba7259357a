/** How often code has been executed: the counters that the interpreter keeps of its jumps, by host address. */
import { heatSlot } from '../../translator/interpreter/hot.ts';
import { HEAT } from '../../translator/layout.ts';
import type { CpuState } from '../state.ts';

/** Of so many executions of an entry there must be one of a place for that to be expected behind it. */
export const RARELY = 100;
/** Of what is expected to be executed where other code is hot, and need not be translated for that. */
export const expectedHeat = (threshold: number): number => Math.max(1, Math.floor(threshold / RARELY));
/** Of an entry that is being translated or cannot be: it will not be reported again soon. */
export const COLD = -(1 << 28);

const slotOf = (host: number): number => HEAT + heatSlot(host) * 4;

export const heatOf = (state: CpuState, host: number): number => state.get(slotOf(host));
export const setHeat = (state: CpuState, host: number, value: number): void => state.set(slotOf(host), value);
